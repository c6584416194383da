import Foundation
package import MayflyCore
package import SQLClients

extension DatabaseDefinition.PasswordSource {
    /// Reads the password of the broker's account, at each connect, so that it can be rotated.
    ///
    /// One line feed at the end of a file, which editors leave there, is not part of the password.
    ///
    /// - Throws: `notAuthenticated` when there is none to be had; the message names the place, never the content.
    package func read() throws(EngineFailure) -> AccountPassword? {
        switch self {
        case .none: return nil
        case .file(let path): return try Self.read(path)
        case .environment(let name):
            guard let value = getenv(name), value.pointee != 0 else {
                throw EngineFailure(
                    .notAuthenticated, "the variable \(name) with the account's password is not set")
            }
            return AccountPassword(copying: UnsafeRawBufferPointer(start: value, count: strlen(value)))
        case .systemdCredential(let name):
            guard let directory = getenv("CREDENTIALS_DIRECTORY") else {
                throw EngineFailure(.notAuthenticated, "systemd gave no credential \(name.quoted())")
            }
            return try Self.read(String(cString: directory) + "/" + name)
        }
    }

    private static func read(_ path: String) throws(EngineFailure) -> AccountPassword {
        var data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw EngineFailure(.notAuthenticated, "the password file \(path.quoted()) cannot be read")
        }
        defer { data.resetBytes(in: data.indices) }
        let bytes = data.last == 0x0A ? data.dropLast() : data[...]
        guard !bytes.isEmpty else {
            throw EngineFailure(.notAuthenticated, "the password file \(path.quoted()) is empty")
        }
        return AccountPassword(copying: bytes)
    }
}
