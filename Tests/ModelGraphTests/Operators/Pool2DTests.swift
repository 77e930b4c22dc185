import ModelGraph
import Testing
import _TestSupport

@Suite struct Pool2DTests {
  /// The rule that each window holds a tap, against one look at every tap.
  @Test func windowsWithoutATapAreRefused() {
    var random = SeededRandom(seed: 8)
    var (accepted, refused, sparse) = (0, 0, 0)
    for round in 0..<20_000 {
      let large = round % 4 == 0
      let size = Int.random(in: 1...(large ? 60 : 4), using: &random), kernel = Int.random(in: 1...4, using: &random)
      let stride = Int.random(in: 1...(large ? 90 : 6), using: &random), dilation = Int.random(in: 1...(large ? 120 : 8), using: &random)
      let before = Int.random(in: 0...(large ? 300 : 20), using: &random), after = Int.random(in: 0...(large ? 50 : 4), using: &random)
      let reach = (kernel - 1) * dilation + 1
      guard size + before + after >= reach else { continue }
      let windows = (size + before + after - reach) / stride + 1
      let holdsTaps = (0..<windows).allSatisfy { window in
        (0..<kernel).contains { (0..<size).contains(window * stride + $0 * dilation - before) }
      }
      let rows = Pool2D(
        .max, kernel: Size2D(kernel, 1), strides: Size2D(stride, 1), dilations: Size2D(dilation, 1),
        padding: Padding2D(top: before, bottom: after))
      let columns = Pool2D(
        .max, kernel: Size2D(1, kernel), strides: Size2D(1, stride), dilations: Size2D(1, dilation),
        padding: Padding2D(left: before, right: after))
      let outputs = [
        (try? rows.outputTypes(of: [TensorType(.float32, [1, size, 1, 1])]))?[0].shape[1],
        (try? columns.outputTypes(of: [TensorType(.float32, [1, 1, size, 1])]))?[0].shape[2],
      ]
      let expected = holdsTaps ? windows : nil
      #expect(outputs == [expected, expected], "size \(size), \(rows)")
      accepted += holdsTaps ? 1 : 0
      refused += holdsTaps ? 0 : 1
      sparse += holdsTaps && before > 0 && dilation > size ? 1 : 0
    }
    #expect(accepted > 1000 && refused > 1000 && sparse > 100, "\(accepted) accepted, \(refused) refused, \(sparse) sparse")
  }
}
