import Foundation
import MayflyCore
import Testing

@testable import mayflyd

@Suite struct NotificationsSectionTests {
    private func make(_ targets: String, warnBefore: String = "5m") throws -> SampleConfiguration {
        let sample = try SampleConfiguration()
        try sample.write("0123456789abcdef\n", to: "siem.key", mode: 0o600)
        try sample.write("short", to: "short.key", mode: 0o600)
        try sample.write("https://hooks.example/secret\n", to: "chat.url", mode: 0o600)
        try sample.write("#!/bin/sh\n", to: "mail", mode: 0o755)
        try sample.write("#!/bin/sh\n", to: "open", mode: 0o777)
        try sample.write("#!/bin/sh\n", to: "plain", mode: 0o644)
        sample.text += "notifications:\n  warn_before: \(warnBefore)\n  targets:\n"
        for line in targets.split(separator: "\n") {
            sample.text += "    \(line.replacing("D/", with: sample.directory + "/"))\n"
        }
        return sample
    }

    @Test("Targets are read with all that they say, in the order of their names")
    func whole() throws {
        let sample = try make(
            """
            siem: { kind: webhook, url: "https://siem.internal/hook", secret_file: D/siem.key, ca: D/ca.pem, timeout: 5s }
            chat: { kind: webhook, url_file: D/chat.url, format: slack, events: [ approval_needed ], profiles: [ "orders-*" ] }
            mail: { kind: command, command: [ D/mail, dba@example.org, 7 ], databases: [ orders ] }
            """, warnBefore: "10m")
        let notifications = try sample.parse().configuration.notifications
        #expect(notifications.warnBefore == 600)
        let directory = sample.directory
        #expect(
            notifications.targets == [
                NotificationTarget(
                    name: "chat",
                    channel: .webhook(.init(address: .file("\(directory)/chat.url"), format: .slack)),
                    events: [.approvalNeeded], profiles: ["orders-*"]),
                NotificationTarget(
                    name: "mail", channel: .command(["\(directory)/mail", "dba@example.org", "7"]),
                    databases: ["orders"]),
                NotificationTarget(
                    name: "siem",
                    channel: .webhook(
                        .init(
                            address: .url("https://siem.internal/hook"), secretFile: "\(directory)/siem.key",
                            ca: "\(directory)/ca.pem")), timeout: 5),
            ])
        #expect(try SampleConfiguration().parse().configuration.notifications == Notifications())
    }

    static let mistakes: [(target: String, complaints: [String])] = [
        (
            "{ kind: webhook, url: \"https://a/\" }",
            [
                "secret_file: is missing: a generic webhook is signed, so that its server knows who sent it — secret_file: /etc/mayfly/NAME.key, of at least 16 bytes: openssl rand -hex 32"
            ]
        ),
        (
            "{ kind: webhook, url: \"http://hooks.example/hunter2\", format: slack }",
            [
                "url: is not encrypted, and not to this machine (value not shown) — https://…; http:// is taken for localhost only"
            ]
        ),
        (
            "{ kind: webhook, url: \"https://bob:hunter2@hooks.example/\", format: slack }",
            [
                "url: has a user or a password in it (value not shown) — put the whole URL into a file of mode 0600, without those, and name it by url_file"
            ]
        ),
        (
            "{ kind: webhook, url: \"hunter2\", format: slack }",
            [
                "url: is not a URL (value not shown) — https://HOST/PATH"
            ]
        ),
        (
            "{ kind: webhook, format: slack }",
            [
                "url: is missing — url: https://…, or url_file: the file with it where the URL is a secret itself"
            ]
        ),
        (
            "{ kind: webhook, format: slack, url: \"https://a/\", url_file: D/chat.url }",
            [
                ": has url and url_file — keep one of them"
            ]
        ),
        (
            "{ kind: webhook, url: \"https://a/\", secret_file: D/short.key }",
            [
                "secret_file: \"DIRECTORY/short.key\" is too short for a key — at least 16 bytes: openssl rand -hex 32"
            ]
        ),
        (
            "{ kind: webhook, url: \"https://a/\", secret_file: D/open.password }",
            [
                "secret_file: \"DIRECTORY/open.password\" is open to others than its owner (mode 0644) — chmod 0600 the file"
            ]
        ),
        (
            "{ kind: webhook, url_file: D/missing, format: slack }",
            [
                "url_file: there is no file \"DIRECTORY/missing\" — create it with mode 0600, or mend the path"
            ]
        ),
        ("{ kind: pager }", ["kind: \"pager\" is not a kind — webhook or command"]),
        (
            "{ kind: webhook, format: html, url: \"https://a/\", secret_file: D/siem.key }",
            [
                "format: \"html\" is not a format — generic or slack"
            ]
        ),
        ("{ kind: command }", ["command: is missing — command: [ /usr/local/libexec/NAME, … ]"]),
        (
            "{ kind: command, command: [ mail ] }",
            [
                "command[0]: \"mail\" is a relative path — write it from / on"
            ]
        ),
        (
            "{ kind: command, command: [ D/missing ] }",
            [
                "command[0]: there is no program \"DIRECTORY/missing\" — mend the path"
            ]
        ),
        (
            "{ kind: command, command: [ D/plain ] }",
            [
                "command[0]: \"DIRECTORY/plain\" is not an executable file — chmod 0755 it, or mend the path"
            ]
        ),
        (
            "{ kind: command, command: [ D/open ] }",
            [
                "command[0]: \"DIRECTORY/open\" may be written by others (mode 0777) — chmod go-w DIRECTORY/open"
            ]
        ),
        (
            "{ kind: command, command: [ D/mail ], url: \"https://a/\" }",
            [
                "url: means nothing with kind command — remove it"
            ]
        ),
        (
            "{ kind: command, command: [ D/mail ], events: [ expirng, test ], timeout: 2m, profiles: [ x ], databases: [ shop ] }",
            [
                "events[0]: \"expirng\" is no event — did you mean expiring?",
                "events[1]: \"test\" is no event — requested, approval_needed, escalated, approved, denied, withdrawn, request_expired, issued, expiring, expired, revoke_failing, break_glass, review_due, lockdown, role_altered, safe_mode, drift",
                "timeout: 2m is out of range — 1s to 60s",
                "profiles[0]: no profile is called \"x\" — under profiles there are: orders-read",
                "databases[0]: no database is called \"shop\" — under databases there are: orders",
            ]
        ),
        (
            "{ kind: command, comand: [ D/mail ] }",
            [
                "comand: unknown key — did you mean command?"
            ]
        ),
    ]

    @Test("What is wrong with a target is said in one go, and no secret with it", arguments: mistakes.indices)
    func wrong(index: Int) throws {
        let (target, complaints) = Self.mistakes[index]
        let found = try make("chat: " + target).complaints()
        let texts = found.map { line in
            let text = line.split(separator: ": ", maxSplits: 1).dropFirst().joined()
            return text.replacing("notifications.targets.chat", with: "").trimmingPrefix(".")
        }
        #expect(Set(texts.map(String.init)) == Set(complaints))
        #expect(!found.joined().contains("hunter2"))
    }

    @Test("A name that is none, a key that is unknown, and a warning days before")
    func section() throws {
        let sample = try make("\"Chat Room\": { kind: command, command: [ D/mail ] }", warnBefore: "2d")
        sample.text += "  target: {}\n"
        let found = sample.complaints().map { $0.split(separator: ": ", maxSplits: 1).dropFirst().joined() }
        #expect(
            Set(found) == [
                "notifications.targets.\"Chat Room\": is not a name for a target — 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit",
                "notifications.warn_before: 2d is out of range — 1s to 1d",
                "notifications.target: unknown key — did you mean targets?",
            ])
    }

    @Test("A Slack URL in the configuration is taken, with a note")
    func note() throws {
        let sample = try make(
            "chat: { kind: webhook, url: \"https://hooks.example/hunter2\", format: slack }")
        let notes = try sample.parse().notes.map(\.description)
        #expect(notes.count == 1 && notes[0].contains("whoever reads this file may post there"))
        #expect(!notes[0].contains("hunter2"))
    }

    @Test("The sample's targets are right, once they are no comment")
    func commented() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../Config/mayfly.yaml")
        let text = try String(contentsOf: root, encoding: .utf8)
        let begin = try #require(text.range(of: "# notifications:"))
        let sample = try make("")
        let section = text[begin.lowerBound...].split(separator: "\n").map { $0.trimmingPrefix("# ") + "\n" }
            .joined()
        sample.text = SampleConfiguration.text.replacing("DIRECTORY", with: sample.directory) + section
        for (path, name) in [
            ("/usr/local/libexec/mayfly-mail", "mail"), ("/etc/mayfly/siem.key", "siem.key"),
            ("/etc/mayfly/chat.url", "chat.url"), ("/etc/mayfly/ca.pem", "ca.pem"),
        ] { sample.text = sample.text.replacing(path, with: "\(sample.directory)/\(name)") }
        #expect(sample.complaints() == [])
        #expect(
            try sample.parse().configuration.notifications.targets.map(\.name) == ["chat", "mail", "siem"])
        for key in NotificationsSection.keys + NotificationTargetSection.keys {
            #expect(section.contains(key + ":"), "\(key)")
        }
    }
}
