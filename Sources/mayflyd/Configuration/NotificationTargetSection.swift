import Foundation
import MayflyCore

/// `chat: { kind: webhook, url_file: /etc/mayfly/chat.url, format: slack, events: [ approval_needed ] }`
struct NotificationTargetSection {
    static let keys = [
        "kind", "url", "url_file", "format", "secret_file", "ca", "command", "events", "profiles",
        "databases",
        "timeout",
    ]

    let profiles: ProfileSection.Parsed?
    let databases: DatabaseSection.Parsed?
    let environment: ConfigurationEnvironment

    func read(_ field: Field, name: String) -> NotificationTarget? {
        guard let section = Section(field, keys: Self.keys) else { return nil }
        let kind = section.required("kind", fix: "kind: webhook or kind: command").flatMap(readKind)
        let channel: NotificationTarget.Channel? =
            switch kind {
            case "webhook": webhook(section)
            case "command": command(section)
            default: nil
            }
        var target = NotificationTarget(name: name, channel: channel ?? .command([]))
        if let field = section.optional("events") { target.events = readEvents(field) }
        target.profiles = section.optional("profiles").flatMap {
            ProfileGlobs.read($0, profiles: profiles)?.globs
        }
        target.databases = section.optional("databases").map(readDatabases)
        if let field = section.optional("timeout"), let timeout = field.duration() {
            if timeout.seconds > 60 { field.error("\(timeout) is out of range", fix: "1s to 60s") }
            target.timeout = timeout.seconds
        }
        return channel == nil ? nil : target
    }

    private func readKind(_ field: Field) -> String? {
        guard let text = field.string("a kind") else { return nil }
        guard ["webhook", "command"].contains(text) else {
            field.error("\(field.shown(text)) is not a kind", fix: "webhook or command")
            return nil
        }
        return text
    }

    private func refuse(_ keys: [String], of section: Section, kind: String) {
        for key in keys { section.optional(key)?.error("means nothing with kind \(kind)", fix: "remove it") }
    }

    private func webhook(_ section: Section) -> NotificationTarget.Channel? {
        refuse(["command"], of: section, kind: "webhook")
        let format = section.optional("format").map(readFormat) ?? .generic
        let (url, file) = (section.optional("url"), section.optional("url_file"))
        if url != nil, file != nil { section.field.error("has url and url_file", fix: "keep one of them") }
        if url == nil, file == nil {
            section.field.child("url", section.field.node).error(
                "is missing",
                fix: "url: https://…, or url_file: the file with it where the URL is a secret itself")
        }
        let secret = section.optional("secret_file").map(readKey)
        if format == .generic, secret == nil {
            section.field.child("secret_file", section.field.node).error(
                "is missing: a generic webhook is signed, so that its server knows who sent it",
                fix: "secret_file: /etc/mayfly/NAME.key, of at least 16 bytes: openssl rand -hex 32")
        }
        let ca = section.optional("ca").map(TLSSection.readCA)
        let address = url.flatMap { readURL($0, format) } ?? file.flatMap(readSecret).map { .file($0) }
        guard let address, let format, secret != .some(nil), ca != .some(nil) else { return nil }
        return .webhook(.init(address: address, format: format, secretFile: secret ?? nil, ca: ca ?? nil))
    }

    private func readFormat(_ field: Field) -> NotificationTarget.Format? {
        guard let text = field.string("a format") else { return nil }
        guard let format = NotificationTarget.Format(rawValue: text) else {
            field.error("\(field.shown(text)) is not a format", fix: "generic or slack")
            return nil
        }
        return format
    }

    /// No message repeats it: with Slack and its like whoever knows the URL may post.
    func readURL(
        _ field: Field, _ format: NotificationTarget.Format?
    ) -> NotificationTarget.Webhook.Address? {
        var field = field
        field.isConfidential = true
        guard let text = field.string("a URL") else { return nil }
        switch WebhookAddress.objection(to: text) {
        case .notURL: field.error("is not a URL (value not shown)", fix: "https://HOST/PATH")
        case .plain:
            field.error(
                "is not encrypted, and not to this machine (value not shown)",
                fix: "https://…; http:// is taken for localhost only")
        case .credentials:
            field.error(
                "has a user or a password in it (value not shown)",
                fix: "put the whole URL into a file of mode 0600, without those, and name it by url_file")
        case nil:
            if format == .slack {
                field.note("whoever reads this file may post there", fix: "url_file: the file with the URL")
            }
            return .url(text)
        }
        return nil
    }

    func readSecret(_ field: Field) -> String? {
        guard let path = PathValue.read(field) else { return nil }
        if let objection = SecretFile.objection(toPath: path, shown: path.quoted(), uid: environment.uid) {
            field.error(objection.message, fix: objection.fix)
            return nil
        }
        return path
    }

    func readKey(_ field: Field) -> String? {
        guard let path = readSecret(field) else { return nil }
        var status = stat()
        guard stat(path, &status) != 0 || status.st_size >= 16 else {
            field.error(
                "\(path.quoted()) is too short for a key", fix: "at least 16 bytes: openssl rand -hex 32")
            return nil
        }
        return path
    }

    private func command(_ section: Section) -> NotificationTarget.Channel? {
        refuse(["url", "url_file", "format", "secret_file", "ca"], of: section, kind: "command")
        guard
            let words = section.required("command", fix: "command: [ /usr/local/libexec/NAME, … ]")?.list(
                of: "words")
        else { return nil }
        guard let program = words.first.flatMap(readProgram) else { return nil }
        let rest = words.dropFirst().map { word in
            word.scalar("a word").flatMap { word.isLine($0) ? $0 : nil }
        }
        guard !rest.contains(nil) else { return nil }
        return .command([program] + rest.compactMap { $0 })
    }

    /// What runs with our rights may be changed by nobody who does not have them.
    private func readProgram(_ field: Field) -> String? {
        guard let path = PathValue.read(field) else { return nil }
        if let objection = ProgramFile.objection(toPath: path, uid: environment.uid) {
            field.error(objection.message, fix: objection.fix)
            return nil
        }
        return path
    }

    private func readEvents(_ field: Field) -> Set<NotificationEvent> {
        let known = NotificationEvent.configurable.map(\.rawValue)
        let events = field.list(of: "events")?.compactMap { item -> NotificationEvent? in
            guard let text = item.string("an event") else { return nil }
            guard let event = NotificationEvent(rawValue: text), event != .test else {
                item.error(
                    "\(item.shown(text)) is no event",
                    fix: Spelling.nearest(to: text, among: known).map { "did you mean \($0)?" }
                        ?? known.joined(separator: ", "))
                return nil
            }
            return event
        }
        return Set(events ?? [])
    }

    private func readDatabases(_ field: Field) -> [Glob] {
        let names = databases?.declared.map(\.0)
        return field.list(of: "databases")?.compactMap { item in
            guard let text = item.string("the name of a database") else { return nil }
            let glob = Glob(text)
            if let names, !names.contains(where: glob.matches) {
                item.error(
                    "no database \(glob.isExact ? "is called" : "fits") \(item.shown(text))",
                    fix: Spelling.nearest(to: text, among: names).map { "did you mean \($0)?" }
                        ?? "under databases there are: \(names.sorted().joined(separator: ", "))")
                return nil
            }
            return glob
        } ?? []
    }
}
