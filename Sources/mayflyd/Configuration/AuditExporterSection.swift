import Foundation
import MayflyCore

/// `archive: { kind: file, path: /var/log/mayfly/audit.jsonl, rotate_size: 100 }`
struct AuditExporterSection {
    static let keys = [
        "kind", "format", "path", "rotate_size", "rotate_every", "keep", "socket", "server", "tls", "ca",
        "facility",
        "url", "url_file", "secret_file", "timeout", "batch",
    ]
    /// Which of them a kind takes, beside `kind`, `format`, `timeout` and `batch`.
    private static let ofKind = [
        "file": ["path", "rotate_size", "rotate_every", "keep"],
        "syslog": ["socket", "server", "tls", "ca", "facility"],
        "webhook": ["url", "url_file", "secret_file", "ca"],
    ]

    let environment: ConfigurationEnvironment

    func read(_ field: Field, name: String) -> AuditExporter? {
        guard let section = Section(field, keys: Self.keys) else { return nil }
        guard let kind = section.required("kind", fix: "file, syslog or webhook").flatMap(readKind) else {
            return nil
        }
        let own = Self.ofKind[kind] ?? []
        for key in Self.keys
        where !own.contains(key) && !["kind", "format", "timeout", "batch"].contains(key) {
            section.optional(key)?.error("means nothing with kind \(kind)", fix: "remove it")
        }
        let channel: AuditExporter.Channel? =
            switch kind {
            case "file": file(section)
            case "syslog": syslog(section)
            default: webhook(section)
            }
        var format = AuditExporter.Format.json
        if let field = section.optional("format") {
            guard let read = readFormat(field) else { return nil }
            format = read
        }
        guard let channel else { return nil }
        var exporter = AuditExporter(name: name, channel: channel, format: format)
        if let field = section.optional("timeout"), let timeout = field.duration() {
            if timeout.seconds > 60 { field.error("\(timeout) is out of range", fix: "1s to 60s") }
            exporter.timeout = timeout.seconds
        }
        if let batch = section.optional("batch").flatMap({ $0.integer(1...1000) }) { exporter.batch = batch }
        return exporter
    }

    private func readKind(_ field: Field) -> String? {
        guard let text = field.string("a kind") else { return nil }
        guard Self.ofKind[text] != nil else {
            field.error("\(field.shown(text)) is not a kind", fix: "file, syslog or webhook")
            return nil
        }
        return text
    }

    private func readFormat(_ field: Field) -> AuditExporter.Format? {
        guard let text = field.string("a format") else { return nil }
        guard let format = AuditExporter.Format(rawValue: text) else {
            field.error("\(field.shown(text)) is not a format", fix: "json, ocsf, ecs or cef")
            return nil
        }
        return format
    }

    private func file(_ section: Section) -> AuditExporter.Channel? {
        guard
            let path = section.required("path", fix: "path: /var/log/mayfly/audit.jsonl").flatMap(
                PathValue.read)
        else { return nil }
        var file = AuditExporter.File(path: path)
        file.rotateAt = section.optional("rotate_size").flatMap { $0.integer(1...1_000_000) }.map { $0 << 20 }
        file.rotateAfter = section.optional("rotate_every").flatMap { $0.duration() }?.seconds
        if let keep = section.optional("keep").flatMap({ $0.integer(1...1000) }) { file.keep = keep }
        return .file(file)
    }

    private func syslog(_ section: Section) -> AuditExporter.Channel? {
        let facility = section.optional("facility").map { $0.integer(0...23) } ?? 13
        let (socket, server) = (section.optional("socket"), section.optional("server"))
        let address: AuditExporter.Syslog.Address?
        switch (socket, server) {
        case (let socket?, nil):
            for key in ["tls", "ca"] {
                section.optional(key)?.error("means nothing with a Unix socket", fix: "remove it")
            }
            address = PathValue.read(socket).map { .socket($0) }
        case (nil, let server?): address = readServer(server, section)
        default:
            section.field.error(
                "needs a socket or a server, one of them",
                fix: "socket: /dev/log, or server: siem.internal:6514")
            address = nil
        }
        guard let address, let facility else { return nil }
        return .syslog(.init(address: address, facility: facility))
    }

    private func readServer(_ field: Field, _ section: Section) -> AuditExporter.Syslog.Address? {
        guard let text = field.string("a server") else { return nil }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port), colon > text.startIndex
        else {
            field.error("\(field.shown(text)) is not HOST:PORT", fix: "such as siem.internal:6514")
            return nil
        }
        let host = String(text[..<colon]).trimmingCharacters(in: .init(charactersIn: "[]"))
        let isPlain = section.optional("tls").map { $0.truth() == false } ?? false
        let ca = section.optional("ca")
        guard isPlain else { return .tls(host: host, port: port, ca: ca.flatMap(TLSSection.readCA)) }
        ca?.error("means nothing with tls: false", fix: "remove it")
        if !["localhost", "127.0.0.1", "::1"].contains(host) {
            section.optional("tls")?.note("records go over the network in the clear", fix: "leave it out")
        }
        return .tcp(host: host, port: port)
    }

    private func webhook(_ section: Section) -> AuditExporter.Channel? {
        let reader = NotificationTargetSection(profiles: nil, databases: nil, environment: environment)
        let (url, file) = (section.optional("url"), section.optional("url_file"))
        guard (url == nil) != (file == nil) else {
            section.field.error(
                "needs url or url_file, one of them", fix: "url: https://…, or url_file: the file with it")
            return nil
        }
        let address =
            url.flatMap { reader.readURL($0, .generic) } ?? file.flatMap(reader.readSecret).map { .file($0) }
        guard
            let secret = section.required(
                "secret_file", fix: "/etc/mayfly/NAME.key, of at least 16 bytes: openssl rand -hex 32"
            ).flatMap(reader.readKey), let address
        else { return nil }
        let ca = section.optional("ca").map(TLSSection.readCA)
        guard ca != .some(nil) else { return nil }
        return .webhook(.init(address: address, format: .generic, secretFile: secret, ca: ca ?? nil))
    }
}
