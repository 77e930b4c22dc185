/// Weight layouts of ck/parameters.h. Every function takes weights in the graph's order and pads with zeros.

private let panel = 16
private let quad = 4

package func dividedUp(_ count: Int, by divisor: Int) -> Int { (count + divisor - 1) / divisor }

/// [N][K] -> [N/16][K/4][16][4].
package func packGEMM(_ weights: [Int8], n: Int, k: Int) -> [Int8] {
  packPanels(weights, groups: 1, n: n, runs: 1, k: k)
}

/// [N][KH][KW][C] -> [N/16][KH][ceil(KW*C/4)][16][4].
package func packConvolutionRows(_ weights: [Int8], n: Int, kernelHeight: Int, rowDepth: Int) -> [Int8] {
  packPanels(weights, groups: 1, n: n, runs: kernelHeight, k: rowDepth)
}

/// [N][KH][KW][C/G] -> [G][N/G/16][KH][KW][ceil(C/G/4)][16][4].
package func packConvolutionTaps(_ weights: [Int8], groups: Int, n: Int, taps: Int, depth: Int) -> [Int8] {
  packPanels(weights, groups: groups, n: n / groups, runs: taps, k: depth)
}

/// [N][KH][KW] -> [N/16][ceil(KH/4)][KW][16][4]: the four bytes are four kernel rows.
package func packDepthwise(_ weights: [Int8], n: Int, kernelHeight: Int, kernelWidth: Int) -> [Int8] {
  let (panels, quads) = (dividedUp(n, by: panel), dividedUp(kernelHeight, by: quad))
  var packed = [Int8](repeating: 0, count: panels * quads * kernelWidth * panel * quad)
  for channel in 0..<n {
    for row in 0..<kernelHeight {
      for column in 0..<kernelWidth {
        let block = (channel / panel * quads + row / quad) * kernelWidth + column
        packed[(block * panel + channel % panel) * quad + row % quad] = weights[(channel * kernelHeight + row) * kernelWidth + column]
      }
    }
  }
  return packed
}

/// [G][n][runs][k] -> [G][n/16][runs][k/4][16][4].
private func packPanels(_ weights: [Int8], groups: Int, n: Int, runs: Int, k: Int) -> [Int8] {
  let (panels, quads) = (dividedUp(n, by: panel), dividedUp(k, by: quad))
  var packed = [Int8](repeating: 0, count: groups * panels * runs * quads * panel * quad)
  for group in 0..<groups {
    for channel in 0..<n {
      for run in 0..<runs {
        let source = ((group * n + channel) * runs + run) * k
        let block = ((group * panels + channel / panel) * runs + run) * quads
        let target = (block * panel + channel % panel) * quad
        for i in 0..<k { packed[target + i / quad * panel * quad + i % quad] = weights[source + i] }
      }
    }
  }
  return packed
}

/// A side array with each group of `group` channels padded with zeros to panels of 16.
package func paddedToPanels<Element: Numeric>(_ values: [Element], group: Int) -> [Element] {
  guard group > 0 else { return [] }
  let padding = dividedUp(group, by: panel) * panel - group
  var result: [Element] = []
  for start in stride(from: 0, to: values.count, by: group) {
    result += values[start..<min(start + group, values.count)]
    result += repeatElement(0, count: padding)
  }
  return result
}

/// Float depthwise weights [N][KH*KW] -> [KH*KW][N].
package func transposeDepthwise(_ weights: [Float], n: Int, taps: Int) -> [Float] {
  var result = [Float](repeating: 0, count: weights.count)
  for channel in 0..<n {
    for tap in 0..<taps { result[tap * n + channel] = weights[channel * taps + tap] }
  }
  return result
}
