import ModelCompiler
import Testing
import _TestSupport

/// Each layout against the index formula of ck/parameters.h, read element by element.
@Suite struct WeightPackingTests {
  private func weights(_ count: Int, _ random: inout SeededRandom) -> [Int8] {
    (0..<count).map { _ in Int8.random(in: -127...127, using: &random) }
  }

  @Test(arguments: [(1, 1), (16, 4), (17, 5), (15, 3), (33, 64), (100, 7)])
  func gemm(n: Int, k: Int) {
    var random = SeededRandom(seed: UInt64(n * 1000 + k))
    let source = weights(n * k, &random)
    let packed = packGEMM(source, n: n, k: k)
    let (panels, quads) = ((n + 15) / 16, (k + 3) / 4)
    #expect(packed.count == panels * quads * 64)
    for channel in 0..<panels * 16 {
      for i in 0..<quads * 4 {
        let expected = channel < n && i < k ? source[channel * k + i] : 0
        #expect(packed[((channel / 16 * quads + i / 4) * 16 + channel % 16) * 4 + i % 4] == expected)
      }
    }
  }

  @Test(arguments: [(5, 3, 3, 3), (16, 1, 5, 4), (20, 5, 5, 1), (40, 3, 2, 7)])
  func convolutionRows(n: Int, kernelHeight: Int, kernelWidth: Int, channels: Int) {
    var random = SeededRandom(seed: UInt64(n))
    let source = weights(n * kernelHeight * kernelWidth * channels, &random)
    let packed = packConvolutionRows(source, n: n, kernelHeight: kernelHeight, rowDepth: kernelWidth * channels)
    let (panels, quads) = ((n + 15) / 16, (kernelWidth * channels + 3) / 4)
    #expect(packed.count == panels * kernelHeight * quads * 64)
    for channel in 0..<panels * 16 {
      for row in 0..<kernelHeight {
        for i in 0..<quads * 4 {
          let isReal = channel < n && i < kernelWidth * channels
          let expected = isReal ? source[(channel * kernelHeight + row) * kernelWidth * channels + i] : 0
          #expect(packed[(((channel / 16 * kernelHeight + row) * quads + i / 4) * 16 + channel % 16) * 4 + i % 4] == expected)
        }
      }
    }
  }

  @Test(arguments: [(2, 6, 9, 5), (1, 17, 4, 3), (4, 8, 1, 4), (3, 60, 2, 9)])
  func convolutionTaps(groups: Int, n: Int, taps: Int, depth: Int) {
    var random = SeededRandom(seed: UInt64(n))
    let source = weights(n * taps * depth, &random)
    let packed = packConvolutionTaps(source, groups: groups, n: n, taps: taps, depth: depth)
    let perGroup = n / groups
    let (panels, quads) = ((perGroup + 15) / 16, (depth + 3) / 4)
    #expect(packed.count == groups * panels * taps * quads * 64)
    var seen = 0
    for group in 0..<groups {
      for channel in 0..<panels * 16 {
        for tap in 0..<taps {
          for i in 0..<quads * 4 {
            let isReal = channel < perGroup && i < depth
            let expected = isReal ? source[((group * perGroup + channel) * taps + tap) * depth + i] : 0
            let block = ((group * panels + channel / 16) * taps + tap) * quads + i / 4
            #expect(packed[(block * 16 + channel % 16) * 4 + i % 4] == expected)
            seen += 1
          }
        }
      }
    }
    #expect(seen == packed.count)
  }

  @Test(arguments: [(8, 3, 3), (17, 5, 5), (16, 4, 1), (1, 9, 2)])
  func depthwise(n: Int, kernelHeight: Int, kernelWidth: Int) {
    var random = SeededRandom(seed: UInt64(n))
    let source = weights(n * kernelHeight * kernelWidth, &random)
    let packed = packDepthwise(source, n: n, kernelHeight: kernelHeight, kernelWidth: kernelWidth)
    let (panels, quads) = ((n + 15) / 16, (kernelHeight + 3) / 4)
    #expect(packed.count == panels * quads * kernelWidth * 64)
    for channel in 0..<panels * 16 {
      for row in 0..<quads * 4 {
        for column in 0..<kernelWidth {
          let expected = channel < n && row < kernelHeight ? source[(channel * kernelHeight + row) * kernelWidth + column] : 0
          let block = (channel / 16 * quads + row / 4) * kernelWidth + column
          #expect(packed[(block * 16 + channel % 16) * 4 + row % 4] == expected)
        }
      }
    }
  }

  @Test func sideArraysArePaddedInEachGroup() {
    #expect(paddedToPanels([1, 2, 3, 4], group: 2) == [1, 2] + Array(repeating: 0, count: 14) + [3, 4] + Array(repeating: 0, count: 14))
    #expect(paddedToPanels(Array(1...16), group: 16) == Array(1...16))
  }

  @Test func floatDepthwiseIsTransposed() {
    #expect(transposeDepthwise([1, 2, 3, 4, 5, 6], n: 2, taps: 3) == [1, 4, 2, 5, 3, 6])
  }
}
