import ArgumentParser
import Foundation
import MayflyAPI

/// A signed approval, from a file or standard input: never an argument, which everybody on the machine can read.
enum SignedApprovalFile {
    private static let largest = 64 * 1024

    static func read(_ path: String) throws -> String {
        do {
            let handle =
                path == "-" ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(filePath: path))
            let bytes = try handle.read(upToCount: largest) ?? Data()
            return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            throw CommandFailure(.usage, "\(path): no approval can be read there")
        }
    }
}
