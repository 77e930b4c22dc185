import CKernels
import Testing
import _TestSupport

/// The rule that each window of a pool holds a tap, against one look at every tap.
@Suite struct PoolWindowTests {
  /// Windows along the rows of an image one pixel wide.
  struct Axis {
    var image, windows, kernel, stride, dilation, padding: Int

    var isAccepted: Bool {
      var p = ck_pool_parameters()
      (p.kind, p.batch, p.channels, p.scale) = (CK_POOL_MAX.rawValue, 1, 1, 1)
      (p.in_h, p.out_h, p.kernel_h, p.stride_h) = (UInt32(image), UInt32(windows), UInt32(kernel), UInt32(stride))
      (p.dilation_h, p.pad_top) = (UInt32(dilation), UInt32(padding))
      (p.in_w, p.out_w, p.kernel_w, p.stride_w, p.dilation_w) = (1, 1, 1, 1, 1)
      (p.output_min, p.output_max) = (-128, 127)
      // The geometry is judged before the extents, so a large image needs no memory here.
      let kernelCase = KernelCase(ck_operator_pool_s8, p, inputs: [.s8([0])], output: CK_DTYPE_S8, count: 1)
      return kernelCase.check().status != UInt16(CK_BAD_PARAMETER.rawValue)
    }

    var holdsTaps: Bool {
      (0..<windows).allSatisfy { window in
        (0..<kernel).contains { (0..<image).contains(window * stride + $0 * dilation - padding) }
      }
    }

    /// Taps may step over the image.
    var isSparse: Bool { padding > 0 && dilation > image }
  }

  /// The numbers of accepted and of accepted sparse axes among these.
  private func compare(_ axes: some Sequence<Axis>) -> (accepted: Int, sparse: Int) {
    var count = (accepted: 0, sparse: 0)
    for axis in axes {
      let holdsTaps = axis.holdsTaps
      #expect(axis.isAccepted == holdsTaps, "\(axis)")
      count.accepted += holdsTaps ? 1 : 0
      count.sparse += holdsTaps && axis.isSparse ? 1 : 0
    }
    return count
  }

  @Test func smallAxesAreJudgedExactly() {
    let count = compare(
      (0..<4 * 6 * 3 * 5 * 7 * 15).lazy.map { index in
        var rest = index
        func digit(_ base: Int) -> Int {
          defer { rest /= base }
          return rest % base
        }
        return Axis(
          image: 1 + digit(4), windows: 1 + digit(6), kernel: 1 + digit(3), stride: 1 + digit(5), dilation: 1 + digit(7),
          padding: digit(15))
      })
    #expect(count.accepted > 2000 && count.sparse > 500, "\(count)")
  }

  @Test func largeAxesAreJudgedExactly() {
    var random = SeededRandom(seed: 31)
    let axes = (0..<4000).map { _ in
      Axis(
        image: Int.random(in: 1...300, using: &random), windows: Int.random(in: 1...6, using: &random),
        kernel: Int.random(in: 1...4, using: &random), stride: Int.random(in: 1...700, using: &random),
        dilation: Int.random(in: 1...600, using: &random), padding: Int.random(in: 0...1800, using: &random))
    }
    let count = compare(axes)
    #expect(count.sparse > 20, "\(count)")
  }

  /// A thousand million windows start in the padding, and only the last of them can find nothing.
  @Test(.timeLimit(.minutes(1))) func hugeAxesAreJudgedAtOnce() {
    let half = 1 << 30
    var axis = Axis(image: half - 1, windows: half - 2, kernel: 2, stride: 1, dilation: half, padding: half - 1)
    for _ in 0..<10_000 { #expect(axis.isAccepted) }
    axis.windows += 1
    for _ in 0..<10_000 { #expect(!axis.isAccepted) }
  }
}
