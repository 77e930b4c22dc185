import ModelGraph
import Testing

@Suite struct ResampleTests {
  private func sampled(_ values: [Float], _ coordinates: [Double?], _ kind: Interpolation, excludesOutside: Bool = false) throws -> [Float]
  {
    let op = try #require(
      Resample(axis: 0, size: values.count, coordinates: coordinates, kind, excludesOutside: excludesOutside))
    return try #require(evaluate(op, [Tensor(shape: [values.count], floats: values)])?.first).floats
  }

  @Test func linearGoesOnPastTheEnds() throws {
    let found = try sampled([10, 20, 40], [-0.5, 0, 0.25, 1, 1.5, 2, 2.75, nil], .linear(scale: 1))
    #expect(found == [10, 10, 12.5, 20, 30, 40, 40, 0])
  }

  @Test func nearestRoundsHalvesAsAsked() throws {
    let places: [Double?] = [0.5, 1.5, 1, 0.4, 0.6, 7]
    #expect(try sampled([0, 1, 2], places, .nearest(.floor)) == [0, 1, 1, 0, 0, 2])
    #expect(try sampled([0, 1, 2], places, .nearest(.ceil)) == [1, 2, 1, 1, 1, 2])
    #expect(try sampled([0, 1, 2], places, .nearest(.preferFloor)) == [0, 1, 1, 0, 1, 2])
    #expect(try sampled([0, 1, 2], places, .nearest(.preferCeil)) == [1, 2, 1, 0, 1, 2])
  }

  /// Keys' kernel with a = -0.5 interpolates a parabola exactly inside the image.
  @Test func cubicOfAParabola() throws {
    let values = (0..<8).map { Float($0 * $0) }
    let found = try sampled(values, [2.5, 3.25, 4.75], .cubic(a: -0.5, scale: 1))
    for (value, x) in zip(found, [Float(2.5), 3.25, 4.75]) { #expect(abs(value - x * x) < 1e-5) }
  }

  /// Half size with antialiasing: a triangle of radius 2 around 0.5 has weights 1/4, 3/4, 3/4, 1/4 of 2, from -1 on.
  @Test func antialiasingWidensTheFilter() throws {
    let found = try sampled([8, 16, 32, 64], [0.5, 2.5], .linear(scale: 0.5))
    // (8 + 3 * 8 + 3 * 16 + 32) / 8 and (16 + 3 * 32 + 3 * 64 + 64) / 8
    #expect(found == [14, 46])
    let inside = try sampled([8, 16, 32, 64], [0.5], .linear(scale: 0.5), excludesOutside: true)
    #expect(abs(inside[0] - 104 / 7) < 1e-5)
  }

  @Test func refusesWhatHasNoFilter() {
    #expect(Resample(axis: 0, size: 3, coordinates: [.nan], .linear(scale: 1)) == nil)
    #expect(Resample(axis: 0, size: 3, coordinates: [.infinity], .nearest(.floor)) == nil)
    #expect(Resample(axis: 0, size: 3, coordinates: [0], .linear(scale: 1e-9)) == nil)
  }

  @Test func positionsOnTheInputNeedOneTap() throws {
    for kind: Interpolation in [.linear(scale: 1), .cubic(a: -0.75, scale: 1)] {
      let op = try #require(Resample(axis: 0, size: 4, coordinates: [0, 1, 2, 3], kind))
      #expect(op.isIdentity(on: 4))
      let picked = try #require(Resample(axis: 0, size: 4, coordinates: [3, 1], kind))
      #expect(picked.isSelection)
    }
  }
}
