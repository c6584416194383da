import Foundation

/// Where the build has put our binaries: beside the tests that run.
package enum BuiltBinary {
    /// - Parameter name: `mayfly` or `mayflyd`.
    package static func path(_ name: String) throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: tests).deletingLastPathComponent().appending(path: name).path
    }
}
