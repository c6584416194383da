import Foundation
import Glibc
import MayflyAPI

/// A program that is to be run: found before anything is asked for, so that a typing error costs no lease.
struct Program: Sendable {
    /// As it was written.
    let name: String
    /// Where it is.
    let path: String
    /// All of argv, byte for byte.
    var arguments: [[CChar]]

    /// - Parameter words: the command and its arguments.
    /// - Throws: `CommandFailure` with 127 where there is none, 126 where it cannot be executed, as shells have it.
    static func find(_ words: [String], arguments: [[CChar]]? = nil, search: String? = nil) throws -> Program
    {
        guard let name = words.first, !name.isEmpty else {
            throw CommandFailure(.usage, "a command is missing", hint: "mayfly exec PROFILE -- COMMAND")
        }
        let arguments = arguments ?? words.map { Array($0.utf8CString) }
        let found = try path(of: name, search: search ?? ProcessInfo.processInfo.environment["PATH"])
        return Program(name: name, path: found, arguments: arguments)
    }

    /// The first executable file of that name on the search path. A name with a slash is a path already.
    private static func path(of name: String, search: String?) throws -> String {
        if name.contains("/") {
            if let number = problem(name) { throw failure(name, number, hint: "nothing was asked for") }
            return name
        }
        var notExecutable: Int32?
        // An empty part means the current directory: POSIX, "Environment Variables", PATH.
        for part in (search ?? "/usr/bin:/bin").split(separator: ":", omittingEmptySubsequences: false) {
            let candidate = part.isEmpty ? "./\(name)" : "\(part)/\(name)"
            guard let number = problem(candidate) else { return candidate }
            if number == EACCES { notExecutable = number }
        }
        throw failure(name, notExecutable ?? ENOENT, hint: "nothing was asked for")
    }

    private static func problem(_ path: String) -> Int32? {
        var entry = stat()
        guard stat(path, &entry) == 0 else { return errno }
        guard entry.st_mode & S_IFMT == S_IFREG else { return EACCES }
        return access(path, X_OK) == 0 ? nil : errno
    }

    /// What it means that the system did not start it.
    func failure(_ number: Int32) -> CommandFailure { Self.failure(name, number, hint: nil) }

    private static func failure(_ name: String, _ number: Int32, hint: String?) -> CommandFailure {
        switch number {
        case ENOENT, ENOTDIR: CommandFailure(.commandNotFound, "\(name): no such command", hint: hint)
        default: CommandFailure(.commandNotExecutable, "\(name): \(SystemError(number))", hint: hint)
        }
    }
}

extension Program {
    /// The same with an argument in front of the others.
    func adding(first argument: String?) -> Program {
        guard let argument else { return self }
        var program = self
        program.arguments.insert(Array(argument.utf8CString), at: 1)
        return program
    }
}
