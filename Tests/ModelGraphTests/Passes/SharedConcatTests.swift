import ModelGraph
import Testing

@Suite struct SharedConcatTests {
  @Test func aDenseBlockCopiesEachMapOnceALayer() throws {
    var net = NCHWBuilder()
    var maps = [try net.conv(net.input([1, 3, 6, 6]), 4)]
    for _ in 0..<3 {
      let all = try net.node(Concat(axis: 1), maps[0], maps.count > 1 ? maps[1] : maps[0], maps.count > 2 ? maps[2] : maps[0])
      maps.append(try net.relu(try net.conv(all, 4)))
    }
    net.output(try net.node(Concat(axis: 1), maps[0], maps[1], maps[2], maps[3]))
    let graph = try checkedOptimization(net.graph)
    let concats = graph.nodes.filter { $0.op is Concat }
    #expect(concats.map(\.inputs.count) == [3, 3, 3, 2])
    #expect(concats[3].inputs[0] == concats[2].outputs[0])
  }

  @Test func otherAxesAndOtherInputsAreLeftAlone() throws {
    var net = NCHWBuilder()
    let x = net.input([2, 2])
    let (a, b) = (try net.node(Unary(.tanh), x), try net.node(Unary(.exp), x))
    net.output(try net.node(Concat(axis: 0), a, b), "rows")
    net.output(try net.node(Concat(axis: 1), a, b, a), "columns")
    net.output(try net.node(Concat(axis: 0), b, a, b), "turned")
    let concats = try checkedOptimization(net.graph).nodes.filter { $0.op is Concat }
    #expect(concats.map(\.inputs.count) == [2, 3, 3])
  }
}
