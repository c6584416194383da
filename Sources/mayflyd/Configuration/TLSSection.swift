import Foundation
import Glibc
import MayflyCore
import MayflyDatabases

/// `tls: { mode: verify-full, ca: /etc/ssl/mayfly/ca.pem }`
enum TLSSection {
    /// - Parameter kind: where the server is; nil when that is not known, as the hosts are wrong.
    static func read(_ field: Field?, database: Field, kind: HostList.Kind?) -> DatabaseDefinition.TLS? {
        guard let field else {
            guard let kind, kind == .network else { return DatabaseDefinition.TLS(mode: .disable) }
            database.child("tls", database.node).error(
                "is missing, and the server is not on this host",
                fix: "tls: { mode: verify-full, ca: /etc/ssl/mayfly/ca.pem }; `mode: disable` if you insist")
            return nil
        }
        guard let section = Section(field, keys: ["mode", "ca"]) else { return nil }
        let mode = section.required("mode", fix: "verify-full, verify-ca or disable").flatMap(readMode)
        let ca = section.optional("ca")
        if let ca, mode == .disable {
            ca.error("means nothing with mode disable", fix: "remove it, or use verify-full")
        }
        let path = ca.flatMap(readCA)
        guard let mode else { return nil }
        switch (mode, kind) {
        case (.disable, .network):
            section.optional("mode")?.note(
                "passwords are not sent, but everything else goes over the network in the clear",
                fix: "mode: verify-full")
        case (.verifyCA, _), (.verifyFull, _):
            if kind == .socket {
                field.error("a Unix socket has no TLS", fix: "remove tls")
                return nil
            }
        default: break
        }
        // Whoever gets a lease verifies the server as we do, by the same file: also where that is the system's.
        let authority = mode == .disable ? nil : path ?? SystemTrustStore.file
        if let path, !isReadableByAll(path) {
            ca?.note(
                "others cannot read it, so commands that use a lease cannot verify the server",
                fix: "keep it where everybody may read it, such as /etc/ssl/certs: it is no secret")
        }
        return DatabaseDefinition.TLS(mode: mode, ca: authority)
    }

    private static func readMode(_ field: Field) -> DatabaseDefinition.TLSMode? {
        guard let text = field.string("a mode") else { return nil }
        guard let mode = DatabaseDefinition.TLSMode(rawValue: text) else {
            let isUnverified = ["require", "prefer", "allow"].contains(text)
            field.error(
                "\(field.shown(text)) is not a mode"
                    + (isUnverified ? " here: it would trust any server" : ""),
                fix: "verify-full, verify-ca or disable")
            return nil
        }
        return mode
    }

    /// By its own mode and by those of the directories above it.
    private static func isReadableByAll(_ path: String) -> Bool {
        var entry = stat()
        guard stat(path, &entry) == 0, entry.st_mode & 0o004 != 0 else { return false }
        var directory = (path as NSString).deletingLastPathComponent
        while directory.count > 1 {
            guard stat(directory, &entry) == 0, entry.st_mode & 0o001 != 0 else { return false }
            directory = (directory as NSString).deletingLastPathComponent
        }
        return true
    }

    static func readCA(_ field: Field) -> String? {
        guard let path = PathValue.read(field) else { return nil }
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            guard text.contains("-----BEGIN CERTIFICATE-----") else {
                field.error("\(field.shown(path)) holds no certificate", fix: "a file in PEM format")
                return nil
            }
        } catch {
            field.error(
                "\(field.shown(path)) cannot be read", fix: "a PEM file that the daemon's user may read")
            return nil
        }
        return path
    }
}
