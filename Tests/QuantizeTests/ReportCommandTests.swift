import Foundation
import FoundationXML
import Testing

/// `--report`: the page is whole, needs nothing else, and holds no markup of the model's.
@Suite struct ReportCommandTests {
  private static func page(_ net: String, _ more: String...) throws -> (page: String, errors: String) {
    let quantize = try CommandRunner()
    let outcome = try quantize.run(
      [CommandRunner.example("\(net).onnx"), "--calibrate", CommandRunner.example("calibration.npz"), "--std", "255", "-o", "net <b>&.swl"]
        + ["--report", "report.html", "--report", "report.json"] + more)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: quantize.path("report.json")))) as? [String: Any]
    #expect(json?["quantization"] != nil)
    return (try String(contentsOfFile: quantize.path("report.html"), encoding: .utf8), outcome.errors)
  }

  private static func count(_ text: String, in page: String) -> Int { page.components(separatedBy: text).count - 1 }

  @Test func isOneWellFormedPage() throws {
    let (page, _) = try Self.page("mobilenet")
    #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    // Nothing is fetched, nothing runs.
    for word in ["<script", "http:", "https:", "src=", "@import", "url(", "<link", "javascript:"] { #expect(!page.contains(word), "\(word)") }
    #expect(page.contains("name=\"viewport\"") && page.contains("prefers-color-scheme: dark") && page.contains("max-width: 640px"))
    #expect(page.contains("net &lt;b&gt;&amp;.swl") && !page.contains("<b>"))
    // The body as XML: every element is closed, every attribute quoted, nothing is left unescaped.
    let start = try #require(page.range(of: "<main>")?.lowerBound)
    let end = try #require(page.range(of: "</main>")?.upperBound)
    let parser = XMLParser(data: Data(page[start..<end].replacing("&sup2;", with: "2").utf8))
    #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? ""), line \(parser.lineNumber)")
  }

  @Test func showsWhatTheReportKnows() throws {
    let (page, _) = try Self.page("mobilenet")
    for heading in ["What int8 costs, and why", "SQNR of each layer's output", "Values and weights", "The arena over time", "Notes"] {
      #expect(page.contains("<h2>\(heading)</h2>"), "\(heading)")
    }
    for fact in ["SQNR of the outputs", "top-1, calibration samples", "file", "arena", "latency here, one thread"] {
      #expect(page.contains("<dt>\(fact)</dt>"), "\(fact)")
    }
    let layers = Self.count("class=\"track\"", in: page)
    #expect(layers == 13 || layers > 8, "\(layers)")
    // Each layer's values; nine have weights: four depthwise, four pointwise, the first, the last.
    #expect(Self.count("aria-label=\"values:", in: page) >= layers - 1)
    #expect(Self.count("channels of weights", in: page) == 2 * Self.count("class=\"channel\"", in: page))
    #expect(Self.count("class=\"span", in: page) >= 11)
    #expect(Self.count("<span class=\"key\"", in: page) == 4)
    #expect(!page.contains("nan") || page.contains("nanana"), "no picture has a coordinate that is no number")
  }

  @Test func parametersHaveAPageToo() throws {
    let quantize = try CommandRunner()
    let model = CommandRunner.example("mlp10.onnx")
    _ = try quantize(model, "--calibrate", CommandRunner.example("calibration.npz"), "--save-parameters", "p.json")
    let outcome = try quantize(model, "--parameters", "p.json", "-o", "b.swl", "--report", "b.html")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let page = try String(contentsOfFile: quantize.path("b.html"), encoding: .utf8)
    #expect(page.contains("SQNR of the outputs") && page.contains("channels of weights"))
    let float = try quantize(model, "--precision", "float", "-o", "c.swl", "--report", "c.html")
    #expect(float.status == 0, "\(float.errors)")
    #expect(try String(contentsOfFile: quantize.path("c.html"), encoding: .utf8).contains("The arena over time"))
  }
}
