import ArrayFiles
import CPNG
import Foundation
import SystemPackage
import Testing

/// A folder of images instead of arrays.
@Suite struct ImageCommandTests {
  /// The first samples of the bundled digits as PNG files, a folder a class; and the same as arrays, in the images' order.
  private static func images(_ quantize: borrowing CommandRunner) throws {
    let archive = try readArrays(at: FilePath(CommandRunner.example("evaluation.npz")))
    let (x, y) = (try #require(try archive.read(named: "x")).floats(), try #require(try archive.read(named: "y")).integers())
    var (pixels, labels): ([Float], [Int]) = ([], [])
    for digit in 0..<10 {
      let folder = URL(filePath: quantize.path("digits/\(digit)"))
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for index in y.indices.filter({ y[$0] == digit }).prefix(4) {
        let values = Array(x[index * 784..<(index + 1) * 784])
        var control = png_image()
        control.version = png_uint_32(PNG_IMAGE_VERSION)
        (control.width, control.height) = (28, 28)
        #expect(png_image_write_to_file(&control, folder.appending(path: String(format: "%04d.png", index)).path, 0, values.map { UInt8($0) }, 0, nil) != 0)
        pixels += values
        labels.append(digit)
      }
    }
    try writeNPZ(
      [("x", NumericArray(shape: [40, 28, 28], floats: pixels)), ("y", NumericArray(shape: [40], integers: labels))], to: FilePath(quantize.path("same.npz")))
  }

  @Test func areTheSameAsTheirArrays() throws {
    let quantize = try CommandRunner()
    try Self.images(quantize)
    for data in ["digits", "same.npz"] {
      let outcome = try quantize(CommandRunner.example("mlp10.onnx"), "--calibrate", data, "--std", "255", "-o", "\(data).swl")
      #expect(outcome.status == 0 && !outcome.output.contains("warning"), "\(outcome.errors) \(outcome.output)")
    }
    #expect(FileManager.default.contentsEqual(atPath: quantize.path("digits.swl"), andPath: quantize.path("same.npz.swl")))
    func top1(_ data: String) throws -> Double {
      let outcome = try quantize("compare", CommandRunner.example("mlp10.onnx"), "digits.swl", "--data", data, "--json")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let result = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      return try #require((result?["int8"] as? [String: Any])?["top1"] as? Double)
    }
    let ofImages = try top1("digits")
    #expect(try ofImages == top1("same.npz") && ofImages > 0.7)
  }

  @Test func whatIsNoImageIsNamed() throws {
    let quantize = try CommandRunner()
    try Self.images(quantize)
    let denoiser = try quantize(CommandRunner.example("mlp10.onnx"), "--calibrate", "digits", "-o", "a.swl")
    #expect(denoiser.status == 0 && denoiser.output.contains("[raw-pixels]"), "\(denoiser.output)")
    try Data("no image".utf8).write(to: URL(filePath: quantize.path("digits/3/broken.png")))
    let broken = try quantize(CommandRunner.example("mlp10.onnx"), "--calibrate", "digits", "-o", "b.swl")
    #expect(broken.status == 65 && broken.errors.contains("broken.png: is neither a PNG nor a JPEG"), "\(broken.errors)")
  }
}
