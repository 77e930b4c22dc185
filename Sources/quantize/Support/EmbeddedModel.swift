import Foundation
import Swiftlet

/// The C files of an embedded model.
struct EmbeddedModel {
  let model: Model
  /// A C identifier, in lower case where the macros are in upper case.
  let name: String
  let bytes: [UInt8]
  let isTrimmed: Bool
  let isIncluded: Bool

  init(_ model: Model, name: String, bytes: [UInt8], isTrimmed: Bool, isIncluded: Bool) {
    (self.model, self.name, self.bytes, self.isTrimmed, self.isIncluded) = (model, name, bytes, isTrimmed, isIncluded)
  }

  /// What the programs use, in the order of the alphabet.
  var operators: [String] {
    Set(model.programs.flatMap { $0.instructions }.map { model.instructions[$0].operatorName }).sorted()
  }

  private var prefix: String { name.uppercased() }

  var header: String {
    var macros = MacroNames()
    var lines = [
      "/* \(name).h - a model of \(bytes.count) bytes for swiftlet.h, written by `quantize embed`. */",
      "#ifndef \(prefix)_H", "#define \(prefix)_H", "", "#include \"swiftlet.h\"", "", "#ifdef __cplusplus", "extern \"C\" {", "#endif", "",
      "/* The file, at a multiple of 64. */",
      "#define \(macros.unique("\(prefix)_MODEL_BYTES")) \(bytes.count)",
      "extern const unsigned char \(name)_model[\(prefix)_MODEL_BYTES];", "",
    ]
    if isTrimmed {
      lines += ["/* The operators that it uses: give this table to swl_open. */", "extern const swl_operator \(name)_operators[];", ""]
    } else {
      lines += ["/* Every operator; `quantize embed --trim` lists those that it uses. */", "#define \(name)_operators ck_default_operators", ""]
    }
    for (index, program) in model.programs.enumerated() {
      let scope = index == 0 ? prefix : "\(prefix)_PROGRAM_\(index)"
      let inputs = model.inputs(ofProgram: index)
      lines += [
        "/* Program \(index)\(program.name.isEmpty ? "" : " '\(commentText(program.name))'"): memory of a session, at multiples of 64 and of 16. */",
        "#define \(macros.unique("\(scope)_ARENA_BYTES")) \(program.arenaBytes)",
        "#define \(macros.unique("\(scope)_WORKSPACE_BYTES")) SWL_WORKSPACE_BYTES(\(program.instructions.count), \(inputs.count))",
        "#define \(macros.unique("\(scope)_INPUT_COUNT")) \(inputs.count)",
        "#define \(macros.unique("\(scope)_OUTPUT_COUNT")) \(model.outputs(ofProgram: index).count)",
        "#define \(macros.unique("\(scope)_LARGEST_INPUT_BYTES")) \(inputs.map(\.byteCount).max() ?? 0)",
        "#define \(macros.unique("\(scope)_LARGEST_OUTPUT_BYTES")) \(model.outputs(ofProgram: index).map(\.byteCount).max() ?? 0)", "",
      ]
      for (kind, tensors) in [("INPUT", inputs), ("OUTPUT", model.outputs(ofProgram: index))] {
        for (position, tensor) in tensors.enumerated() {
          lines += describe(tensor, position, "\(scope)_\(kind)", isOnly: tensors.count == 1, &macros)
        }
      }
    }
    lines += ["#ifdef __cplusplus", "}", "#endif", "#endif", ""]
    return lines.joined(separator: "\n")
  }

  /// `NAME_INPUT_X` is the tensor's index; the others begin with it.
  private func describe(
    _ tensor: TensorDescription, _ position: Int, _ scope: String, isOnly: Bool, _ macros: inout MacroNames
  ) -> [String] {
    let part = tensor.name.isEmpty ? "\(position)" : cIdentifier(tensor.name, isPart: true).uppercased()
    let suffixes = ["", "_ELEMENTS", "_BYTES", "_TYPE", "_RANK", "_SHAPE", "_SCALE", "_ZERO_POINT"]
    let base = macros.unique("\(scope)_\(part)", with: suffixes)
    let shape = tensor.shape.map { "\($0)" }.joined(separator: ", ")
    var lines = [
      "/* '\(commentText(tensor.name))': \(tensor.elementType.rawValue) [\(shape)]"
        + (tensor.scale == 0 ? ". */" : ", value = (q - \(tensor.zeroPoint)) * \(tensor.scale). */"),
      "#define \(base) \(position)",
      "#define \(base)_ELEMENTS \(tensor.elementCount)",
      "#define \(base)_BYTES \(tensor.byteCount)",
      "#define \(base)_TYPE SWL_\(tensor.elementType.rawValue.uppercased())",
      "#define \(base)_RANK \(tensor.shape.count)",
    ]
    if !tensor.shape.isEmpty { lines.append("#define \(base)_SHAPE {\(shape)}") }
    if tensor.scale != 0 { lines += ["#define \(base)_SCALE \(cFloat(tensor.scale))", "#define \(base)_ZERO_POINT \(tensor.zeroPoint)"] }
    // The only one goes without its name, too.
    for suffix in isOnly ? ["_ELEMENTS", "_BYTES", "_TYPE"] : [] {
      lines.append("#define \(macros.unique("\(scope)\(suffix)")) \(base)\(suffix)")
    }
    return lines + [""]
  }

  /// The array and the operators; nil where neither is wanted.
  var code: String? {
    guard isTrimmed || !isIncluded else { return nil }
    var text = "/* \(name).c - written by `quantize embed`. */\n#include \"\(name).h\"\n"
    if isTrimmed {
      text += "\n" + operators.map { "extern const struct ck_operator ck_operator_\($0);\n" }.joined()
      text += "const swl_operator \(name)_operators[] = {\n" + operators.map { "    &ck_operator_\($0),\n" }.joined() + "    NULL};\n"
    }
    if !isIncluded {
      text += "\n__attribute__((aligned(64))) const unsigned char \(name)_model[\(prefix)_MODEL_BYTES] = {\n"
      for start in stride(from: 0, to: bytes.count, by: 32) {
        text += bytes[start..<min(start + 32, bytes.count)].map { "\($0)," }.joined() + "\n"
      }
      text += "};\n"
    }
    return text
  }

  /// For the C preprocessor and the assembler of gcc or clang, on ELF.
  var assembly: String {
    """
    /* \(name).S - written by `quantize embed`. The file is searched for beside this one and in the folders of -I. */
    #ifndef \(prefix)_FILE
    #define \(prefix)_FILE "\(name).swl"
    #endif
      .section .rodata.\(name)_model, "a", %progbits
      .balign 64
      .globl \(name)_model
      .type \(name)_model, %object
    \(name)_model:
      .incbin \(prefix)_FILE
      .size \(name)_model, . - \(name)_model
      .section .note.GNU-stack, "", %progbits

    """
  }
}

/// Macros that were given out.
private struct MacroNames {
  private var used: Set<String> = []

  /// The name, or the first of NAME_2, NAME_3, ... that is free with every suffix.
  mutating func unique(_ name: String, with suffixes: [String] = [""]) -> String {
    var candidate = name
    var number = 2
    while suffixes.contains(where: { used.contains(candidate + $0) }) {
      candidate = "\(name)_\(number)"
      number += 1
    }
    used.formUnion(suffixes.map { candidate + $0 })
    return candidate
  }
}

/// Letters, digits and single underscores of a text; neither a keyword, nor reserved, nor with a digit first. A part of a name may be anything.
func cIdentifier(_ text: String, isPart: Bool = false) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    let isWord = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
    if isWord { result.unicodeScalars.append(scalar) } else if !result.hasSuffix("_") { result += "_" }
  }
  result = String(result.drop { $0 == "_" })
  while result.hasSuffix("_") { result.removeLast() }
  if result.isEmpty { return isPart ? "UNNAMED" : "model" }
  guard !isPart else { return result }
  return result.first?.isNumber == true || cKeywords.contains(result) ? "model_\(result)" : result
}

/// Of C and C++.
private let cKeywords: Set<String> = Set(
  """
  alignas alignof and asm auto bitand bitor bool break case catch char class compl concept const constexpr continue decltype default delete do
  double else enum explicit export extern false float for friend goto if inline int long main mutable namespace new noexcept not nullptr operator or
  private protected public register requires restrict return short signed sizeof static struct switch template this throw true try typedef typeid
  typename typeof union unsigned using virtual void volatile while xor linux unix
  """.split(whereSeparator: \.isWhitespace).map(String.init))

/// Text that cannot end a comment, nor continue its line.
private func commentText(_ text: String) -> String {
  String(text.map { $0.isASCII && $0 != "\\" && $0 >= " " && $0 != "\u{7F}" ? $0 : "?" }).replacingOccurrences(of: "*/", with: "* /")
    .replacingOccurrences(of: "/*", with: "/ *").replacingOccurrences(of: "??", with: "? ?")
}

/// A float constant of C that reads back as the same bits.
private func cFloat(_ value: Float) -> String {
  let text = "\(value)"
  return (text.contains(".") || text.contains("e") ? text : text + ".0") + "f"
}
