import ArrayFiles
import Quantizer

/// Labels of the samples: classes, zeros and ones, or the outputs that are right.
enum Labels {
  /// The array named `key`; without a key, array "y", unless an input has that name. nil where no file has any.
  static func read(_ files: [ArrayGroup], key: String?, inputs: [SampleInput], source: String) throws(Failure) -> MetricLabels? {
    let name = key ?? "y"
    if key == nil {
      let holders = files.filter { $0.names.contains(name) }
      if inputs.contains(where: { $0.name == name }) { return nil }
      if holders.isEmpty {
        let names = Set(files.flatMap(\.names)).sorted().joined(separator: ", ")
        Console.note("note: \(source) holds no labels 'y' (arrays: \(names)); --labels KEY names them; no accuracy is shown")
        return nil
      }
      if let file = files.first(where: { !$0.names.contains(name) }) {
        throw Failure.badData("\(file.file): holds no labels '\(name)', the other files do", code: "bad-labels", hint: "add them, or remove the file")
      }
    }
    var labels: [Float] = []
    for file in files {
      let array = try file.read(name)
      do {
        labels += try array.floats()
      } catch {
        throw Failure(error)
      }
    }
    return MetricLabels(values: labels, source: source)
  }
}
