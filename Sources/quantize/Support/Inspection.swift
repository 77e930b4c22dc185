import Swiftlet

/// What `inspect` shows; its JSON keys are a contract.
struct Inspection: Encodable {
  struct Tensor: Encodable {
    var name: String
    var shape: [Int]
    var dtype: String
    var scale: Float
    var zeroPoint: Int

    enum CodingKeys: String, CodingKey {
      case name, shape, dtype, scale
      case zeroPoint = "zero_point"
    }

    init(_ tensor: TensorDescription) {
      (name, shape, scale, zeroPoint) = (tensor.name, tensor.shape, tensor.scale, tensor.zeroPoint)
      dtype = "\(tensor.elementType)"
    }
  }

  struct Instruction: Encodable {
    var index: Int
    var op: String
    var name: String
    var precision: String
    var macs: UInt64
    var output: [Int]
    var weightsBytes: Int
    var scratchBytes: Int

    enum CodingKeys: String, CodingKey {
      case index, op, name, precision, macs, output
      case weightsBytes = "weights_bytes"
      case scratchBytes = "scratch_bytes"
    }
  }

  struct ProgramSummary: Encodable {
    var name: String
    var plan: String
    var arenaBytes: Int
    var lowerBoundBytes: Int
    var macs: UInt64

    enum CodingKeys: String, CodingKey {
      case name, plan, macs
      case arenaBytes = "arena_bytes"
      case lowerBoundBytes = "arena_lower_bound_bytes"
    }
  }

  struct Peak: Encodable {
    struct Holder: Encodable {
      var name: String
      var shape: [Int]
      var bytes: Int
    }
    var instruction: Int
    var bytes: Int
    var scratchBytes: Int
    var holders: [Holder]

    enum CodingKeys: String, CodingKey {
      case instruction, bytes, holders
      case scratchBytes = "scratch_bytes"
    }
  }

  var path: String
  var formatVersion = 1
  var fileBytes: Int
  var arenaBytes: Int
  var lowerBoundBytes: Int
  var weightsBytes: Int
  var macs: UInt64
  var inputs: [Tensor]
  var outputs: [Tensor]
  var instructions: [Instruction]
  var programs: [ProgramSummary]
  var peak: Peak?

  enum CodingKeys: String, CodingKey {
    case inputs, outputs, instructions, programs, peak, macs
    case formatVersion = "format_version"
    case fileBytes = "file_bytes"
    case arenaBytes = "arena_bytes"
    case lowerBoundBytes = "arena_lower_bound_bytes"
    case weightsBytes = "weights_bytes"
  }

  init(_ model: Model, path: String, fileBytes: Int) {
    let program = model.programs[0]
    (self.path, self.fileBytes) = (path, fileBytes)
    (arenaBytes, lowerBoundBytes, macs) = (program.arenaBytes, program.lowerBoundBytes, program.macs)
    weightsBytes = model.weightsBytes
    inputs = model.inputs.map(Tensor.init)
    outputs = model.outputs.map(Tensor.init)
    instructions = program.instructions.map { index in
      let instruction = model.instructions[index]
      return Instruction(
        index: index, op: instruction.operatorName, name: instruction.name, precision: instruction.precision.rawValue,
        macs: instruction.macs, output: instruction.outputs.first.map { model.tensors[$0].shape } ?? [],
        weightsBytes: instruction.constantBytes, scratchBytes: instruction.scratchBytes)
    }
    programs = model.programs.map {
      ProgramSummary(name: $0.name, plan: $0.plan.rawValue, arenaBytes: $0.arenaBytes, lowerBoundBytes: $0.lowerBoundBytes, macs: $0.macs)
    }
    peak = model.arenaPeak().map { peak in
      Peak(
        instruction: peak.instruction, bytes: peak.bytes, scratchBytes: peak.scratchBytes,
        holders: peak.tensors.map { Peak.Holder(name: model.tensors[$0].name, shape: model.tensors[$0].shape, bytes: model.tensors[$0].byteCount) })
    }
  }

  var text: String {
    var lines = ["\(path): \(formattedBytes(fileBytes)), \(formattedCount(Int(clamping: macs))) MAC, \(instructions.count) instructions", ""]
    for (role, tensors) in [("input", inputs), ("output", outputs)] {
      for tensor in tensors {
        let quantization = tensor.scale > 0 ? "  scale \(tensor.scale), zero point \(tensor.zeroPoint)" : ""
        lines.append("\(role)  \(tensor.name)  \(tensor.dtype) \(tensor.shape)\(quantization)")
      }
    }
    var table = TextTable(["#", "op", "output", "MAC", "weights", "name"], leftAligned: [1, 2, 5])
    for instruction in instructions {
      table.append([
        "\(instruction.index)", instruction.op, instruction.output.map(String.init).joined(separator: "x"),
        instruction.macs > 0 ? formattedCount(Int(clamping: instruction.macs)) : "",
        instruction.weightsBytes > 0 ? formattedBytes(instruction.weightsBytes) : "", shortened(instruction.name),
      ])
    }
    lines += ["", table.rendered(), ""]
    lines.append("arena    \(formattedBytes(arenaBytes)) (\(arenaBytes) bytes, planned for \(programs.first?.plan ?? "?"); no plan can take fewer than \(lowerBoundBytes))")
    lines.append("weights  \(formattedBytes(weightsBytes))")
    if let peak {
      let scratch = peak.scratchBytes > 0 ? ["scratch \(formattedBytes(peak.scratchBytes))"] : []
      let holders = peak.holders.map { "\(shortened($0.name)) \(formattedBytes($0.bytes))" } + scratch
      lines.append("peak     \(formattedBytes(peak.bytes)) at instruction \(peak.instruction): \(holders.joined(separator: ", "))")
    }
    for program in programs where programs.count > 1 {
      lines.append("program  \(program.name) (\(program.plan)): arena \(formattedBytes(program.arenaBytes)), \(formattedCount(Int(clamping: program.macs))) MAC")
    }
    return lines.joined(separator: "\n")
  }
}
