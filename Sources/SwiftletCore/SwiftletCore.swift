// SwiftletCore
