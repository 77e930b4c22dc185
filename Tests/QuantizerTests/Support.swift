import ModelGraph
import _TestSupport

extension SeededRandom {
  /// Standard normal, by the sum of twelve uniforms (tails end at 6).
  mutating func normal() -> Float { (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0..<1, using: &self) } }
  mutating func normals(_ count: Int, deviation: Float = 1) -> [Float] { (0..<count).map { _ in normal() * deviation } }
}
