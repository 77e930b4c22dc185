import CKernels
import Foundation
import Swiftlet
import Testing

@Suite struct ErrorTests {
  private func session(program: Int = 0) throws -> Session { try Session(Model(bytes: SampleModel().builder.build()), program: program) }

  private func runError(_ body: () throws -> Void) -> RunError? {
    do { try body() } catch let error as RunError { return error } catch {}
    return nil
  }

  @Test func inputErrorsNameTheInputAndTheElement() throws {
    let session = try session()
    var image = SampleModel.image
    image[7] = .nan
    let nan = runError { _ = try session.run([image]) }
    #expect(nan?.code == .notANumber)
    #expect(nan?.description == "notANumber: input 'image' [1, 2, 3, 3]: element 7 is not a number")
    let short = runError { _ = try session.run([[1, 2]]) }
    #expect(short?.description == "elementCount: 2 elements for input 'image' [1, 2, 3, 3], 18 expected")
    #expect(short?.need == 18 && short?.have == 2)
    #expect(runError { _ = try session.run([]) }?.code == .inputCount)
    #expect(runError { try session.setInput(3, image.span) }?.code == .noSuchInput)
    #expect(runError { try session.setInput(-1, image.span) }?.code == .noSuchInput)
    #expect(runError { try session.setInput(0, raw: [UInt8](repeating: 0, count: 17).span.bytes) }?.code == .byteCount)
    #expect(runError { _ = try session.rawOutput(1) }?.code == .noSuchOutput)
    #expect(runError { _ = try session.rawOutput(-1) }?.code == .noSuchOutput)
  }

  @Test func aRunNeedsFreshInputs() throws {
    let session = try session()
    #expect(runError { try session.run() }?.code == .inputNotSet)
    _ = try session.run([SampleModel.image])
    let again = runError { try session.run() }
    #expect(again?.description.contains("'image'") == true && again?.hint != nil)
    try session.rerun()
  }

  @Test func integerInputsRefuseWhatTheyCannotHold() throws {
    for (dtype, bad) in [
      (CK_DTYPE_S32, Float(2_147_483_648)), (CK_DTYPE_S64, 9.3e18), (CK_DTYPE_S8, 128), (CK_DTYPE_U8, -1), (CK_DTYPE_S32, 0.5),
      (CK_DTYPE_S64, .infinity), (CK_DTYPE_S16, 32768), (CK_DTYPE_S32, .nan), (CK_DTYPE_BOOL, .nan),
    ] {
      var builder = SwlBuilder()
      let tensor = builder.tensor("ids", [2], at: 0, dtype: dtype, scale: 0)
      builder.program(
        "p", arena: 64,
        bindings: [
          builder.binding(CK_BINDING_INPUT, "ids", tensor: tensor, dims: [2]),
          builder.binding(CK_BINDING_OUTPUT, "o", tensor: tensor, dims: [2]),
        ])
      let session = try Session(Model(bytes: builder.build()))
      let error = runError { _ = try session.run([[1, bad]]) }
      #expect(error?.code == (bad.isNaN ? .notANumber : .outOfRange), "dtype \(dtype.rawValue)")
      #expect(error?.description.contains("'ids' [2]: element 1") == true)
    }
  }

  @Test func instructionSetsAreRefusedWithTheListOfThoseAvailable() throws {
    let model = try Model(bytes: SampleModel().builder.build())
    #expect(ISA.available.first == .scalar)
    for isa in ISA.allCases {
      if ISA.available.contains(isa) {
        #expect(try Session(model, isa: isa).isa == isa)
      } else {
        let error = runError { _ = try Session(model, isa: isa) }
        #expect(error?.code == .isaUnavailable)
        #expect(error?.description.contains("scalar") == true)
      }
    }
    #expect(try Session(model).isa == ISA.best)
  }

  @Test func theEnvironmentOverridesAndIsNeverIgnored() throws {
    // The rule itself, without touching the environment of tests that run beside this one.
    #expect(try ISA.resolve(.best, environment: "scalar") == .scalar)
    #expect(try ISA.resolve(nil, environment: "") == .best)
    let unknown = runError { _ = try ISA.resolve(nil, environment: "sse9") }
    #expect(unknown?.code == .unknownISA)
    #expect(unknown?.description.contains("SWIFTLET_ISA=sse9") == true && unknown?.description.contains("scalar") == true)
    let foreign = ISA.available.contains(.neon) ? "avx2" : "neon"
    let refused = runError { _ = try ISA.resolve(nil, environment: foreign) }
    #expect(refused?.code == .isaUnavailable && refused?.description.contains("(SWIFTLET_ISA)") == true)
  }

  @Test func filesThatAreNoModelsAreNamed() throws {
    func error(_ bytes: [UInt8]) -> ModelError? {
      do { _ = try Model(bytes: bytes) } catch { return error }
      return nil
    }
    #expect(error([])?.code == "truncated")
    #expect(error(Array("PK\u{3}\u{4}hello world".utf8))?.code == "magic")
    #expect(error([UInt8](repeating: 0, count: 5000))?.code == "magic")
    let file = SampleModel().builder.build()
    #expect(error(Array(file.dropLast()))?.code == "truncated")
    #expect(error(file + [0])?.code == "length")
    var newer = file
    newer[8] = 9
    newer[12] = 9
    #expect(error(newer)?.description.contains("needs format version 9, this runtime reads 1 to 1") == true)
    var weights = file
    weights[file.count - 1] ^= 1
    #expect(error(weights)?.code == "constantsDigest")
    #expect(throws: Never.self) { try Model(bytes: weights, verifyingConstants: false) }
  }

  @Test func pathsThatCannotBeReadAreNamed() throws {
    for path in ["/nonexistent/model.swl", "/", "/dev/null", "", "a\0b"] {
      do {
        _ = try Model(contentsOfFile: path)
        Issue.record("\(path) was opened")
      } catch {
        #expect(error.path == path)
        #expect(!error.description.contains("\n"))
      }
    }
  }

  @Test func validatorErrorsNameTheRecord() throws {
    var sample = SampleModel()
    sample.builder.instructions[1].flags = 0x100
    do {
      _ = try Model(bytes: sample.builder.build())
      Issue.record("flags were accepted")
    } catch {
      #expect(error.code == "instruction")
      #expect(error.description.contains("instruction 1 'dense'"))
      #expect(error.byteOffset != nil && error.hint != nil)
    }
  }
}
