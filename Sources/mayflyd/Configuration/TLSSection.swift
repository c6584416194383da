import Foundation
import MayflyCore

/// `tls: { mode: verify-full, ca: /etc/mayfly/ca.pem }`
enum TLSSection {
    /// - Parameter kind: where the server is; nil when that is not known, as the hosts are wrong.
    static func read(_ field: Field?, database: Field, kind: HostList.Kind?) -> DatabaseDefinition.TLS? {
        guard let field else {
            guard let kind, kind == .network else { return DatabaseDefinition.TLS(mode: .disable) }
            database.child("tls", database.node).error(
                "is missing, and the server is not on this host",
                fix: "tls: { mode: verify-full, ca: /etc/mayfly/ca.pem }; `mode: disable` if you insist")
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
        return DatabaseDefinition.TLS(mode: mode, ca: path)
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
