import Foundation

/// Where the build has put our binaries: beside the tests that run.
package enum BuiltBinary {
    package static var directory: String {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return URL(filePath: tests).deletingLastPathComponent().path
        }
    }

    /// - Parameter name: `mayfly` or `mayflyd`.
    package static func path(_ name: String) throws -> String { try "\(directory)/\(name)" }
}
