import Glibc
import MayflyCore
import SQLClients

/// Reads the password of the broker's account from its source: at each connect, so that it can be rotated without
/// a restart.
struct PasswordReader: Sendable {
    /// More than any password has.
    private static let limit = 4096

    let source: DatabaseDefinition.PasswordSource
    let environment: ConfigurationEnvironment

    /// - Throws: `EngineFailure` with `notAuthenticated`, which names the source and never its content.
    func password() throws(EngineFailure) -> AccountPassword? {
        switch source {
        case .none: return nil
        case .file(let path): return try read(path, called: path, managed: false)
        case .systemdCredential(let name):
            guard let directory = environment.variables["CREDENTIALS_DIRECTORY"] else {
                throw EngineFailure(
                    .notAuthenticated, "there is no CREDENTIALS_DIRECTORY for the credential \(name)",
                    hint: "start the daemon by its systemd unit, with LoadCredential=\(name):…")
            }
            return try read("\(directory)/\(name)", called: "credential \(name)", managed: true)
        case .environment(let name):
            guard let value = environment.variables[name], !value.isEmpty else {
                throw EngineFailure(.notAuthenticated, "the environment has no \(name)")
            }
            return AccountPassword(copying: value.utf8)
        }
    }

    /// What a rotation under way may have set in the server already, or one that was cut short: beside the file in force,
    /// until the server was seen to take it. Nil when there is none.
    func nextPassword() throws(EngineFailure) -> AccountPassword? {
        guard case .file(let path) = source else { return nil }
        let next = AccountRotation.nextPath(path)
        guard access(next, F_OK) == 0 else { return nil }
        return try read(next, called: next, managed: false)
    }

    /// The content without one line feed at its end.
    private func read(_ path: String, called name: String, managed: Bool) throws(EngineFailure)
        -> AccountPassword
    {
        // Not blocked by a FIFO that lies there now.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw EngineFailure(.notAuthenticated, "\(name) cannot be read: \(SystemMessage(errno))")
        }
        defer { close(descriptor) }
        // It may have changed since the configuration was checked.
        if let objection = SecretFile.objection(
            toDescriptor: descriptor, shown: name, uid: environment.uid, managed: managed)
        {
            throw EngineFailure(.notAuthenticated, objection.message, hint: objection.fix)
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.limit, alignment: 1)
        defer {
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
            buffer.deallocate()
        }
        var count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        guard count > 0, count < Self.limit else {
            throw EngineFailure(
                .notAuthenticated, "\(name) is empty, longer than a password, or cannot be read")
        }
        if buffer[count - 1] == UInt8(ascii: "\n") { count -= 1 }
        return AccountPassword(copying: buffer[..<count])
    }
}
