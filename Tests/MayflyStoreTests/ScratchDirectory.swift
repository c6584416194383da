import Foundation
import Testing

/// A directory of mode 0700 for one test, gone afterwards.
func withScratchDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    var template = Array((NSTemporaryDirectory() + "/mayfly-store-XXXXXX").utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } }
    let directory = String(cString: try #require(made))
    do {
        let value = try await body(directory)
        try FileManager.default.removeItem(atPath: directory)
        return value
    } catch {
        try? FileManager.default.removeItem(atPath: directory)  // the test has failed already
        throw error
    }
}
