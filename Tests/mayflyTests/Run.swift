import Foundation
import MayflyTesting

/// A program that was run to its end, with nothing on its standard input.
struct Run {
    let status: Int32
    let output: String
    let error: String

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "TZ": "UTC"].merging(environment) { $1 }
        let out = Pipe()
        let err = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out
        process.standardError = err
        try process.run()
        // What the command says fits into a pipe, so that reading one after the other cannot deadlock.
        output = String(decoding: try out.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        error = String(decoding: try err.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        status = process.terminationStatus
    }

    /// Runs the built `mayfly`.
    static func mayfly(_ arguments: String..., environment: [String: String] = [:]) throws -> Run {
        try Run(BuiltBinary.path("mayfly"), arguments, environment: environment)
    }
}
