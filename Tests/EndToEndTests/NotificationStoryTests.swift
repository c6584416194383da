import Foundation
import Glibc
import MayflyAPI
import MayflyCrypto
import MayflyTesting
import Testing

/// The real daemon tells real targets.
@Suite(.serialized)
struct NotificationStoryTests {
    private static let key = "a key that nobody guesses"

    private func world(_ server: WebhookServer, more: String = "", warnBefore: String = "2s") async throws
        -> World
    {
        let world = try await World.make()
        let path = "\(world.directory)/siem.key"
        try Data((Self.key + "\n").utf8).write(to: URL(filePath: path))
        chmod(path, 0o600)
        try world.writeConfiguration(
            extra: """
                notifications:
                  warn_before: \(warnBefore)
                  targets:
                    siem: { kind: webhook, url: "\(server.url)", secret_file: \(path), timeout: 5s }
                    \(more)
                """)
        return world
    }

    private func messages(_ server: WebhookServer) throws -> [NotificationMessage] {
        try server.received.map {
            try MayflyJSON.decoder().decode(NotificationMessage.self, from: Data($0.body))
        }
    }

    private func status(_ world: World) async throws -> [NotificationTargetStatus] {
        struct Report: Decodable { var notifications: [NotificationTargetStatus] }
        let outcome = try await world.mayfly(["status", "--json"])
        return try MayflyJSON.decoder().decode(Report.self, from: Data(outcome.output.utf8)).notifications
    }

    @Test("A lease is told from its request to its end, signed, without a password, whatever else is dead")
    func story() async throws {
        let server = try await WebhookServer { $0 == 1 ? .status(500) : .status(200) }
        let hung = try await WebhookServer { _ in .none }
        let directory = FileManager.default.temporaryDirectory.appending(path: "mayfly-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        let program = "\(directory)/mail"
        try Data("#!/bin/sh\ncat >>\(directory)/mails\n".utf8).write(to: URL(filePath: program))
        chmod(program, 0o755)
        let world = try await world(
            server,
            more: """
                hung: { kind: webhook, url: "\(hung.url)", format: slack, timeout: 1s }
                    mail: { kind: command, command: [ \(program) ], events: [ issued, expiring ] }
                """)
        let daemon = try await world.startDaemon()
        let reply = try await world.request(["orders-read", "--ttl", "5s", "--reason", "INC-7 <!channel>"])
        let credential = try #require(reply.credential)
        try await eventually("all is told") { try messages(server).last?.event == .expired }

        let told = try messages(server)
        #expect(told.map(\.event) == [.requested, .requested, .issued, .expiring, .expired])
        // Answered 500, it came again as it was, signed anew.
        #expect(told[0] == told[1])
        for received in server.received {
            let fields = try #require(received.headers["mayfly-signature"]).split(separator: ",")
            let seconds = try #require(fields.first).dropFirst(2)
            let code = try HMACKey(copying: Self.key.utf8).code(
                for: Array("\(seconds).".utf8) + received.body)
            let hex = code.map { String(Int($0) + 256, radix: 16).dropFirst() }.joined()
            #expect(fields.last.map(String.init) == "v1=\(hex)")
        }
        #expect(told.last?.lease?.role == credential.username)
        #expect(told[2].recipients == ["user:\(world.me)"])

        // The dead one is seen, and has held nobody back.
        try await eventually("it is seen") {
            try await status(world).first { $0.name == "hung" }?.failingSince != nil
        }
        let targets = try await status(world)
        #expect(targets.map(\.name) == ["hung", "mail", "siem"])
        #expect(targets.first?.lastFailure == "no answer in time")
        #expect((targets.first?.lag ?? 0) > 0)
        let text = try await world.mayfly(["status"]).output
        #expect(text.contains("hung: failing since"), "\(text)")
        #expect(!text.contains("/hook"), "\(text)")
        try await eventually("the command is told") {
            let mails = try String(contentsOfFile: "\(directory)/mails", encoding: .utf8)
            return mails.split(separator: "\n").count == 2
        }

        // Who may not see them is not told of them, and not put on record for having asked.
        let plain = try await world.mayfly(["status", "--json"], user: "nobody").output
        #expect(!plain.contains("notifications") && plain.contains("databases"), "\(plain)")
        let audit = try await world.mayfly(["audit", "--format", "json"]).output
        #expect(audit.contains("lease.expiring") && !audit.contains("access.denied"))
        let mails = try String(contentsOfFile: "\(directory)/mails", encoding: .utf8)
        let bodies = (server.received + hung.received).map { String(decoding: $0.body, as: UTF8.self) }
        let log = try daemon.errors()
        for secret in [credential.password, World.brokerPassword, Self.key] {
            for text in bodies + [mails, audit, log] { #expect(!text.contains(secret)) }
        }
        #expect(!log.contains("/hook"))
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
        try FileManager.default.removeItem(atPath: directory)
        for server in [server, hung] { try await server.stop() }
    }

    @Test(
        "Killed between a delivery and its record, the daemon tells it again under the same id, and leaves out nothing"
    )
    func killed() async throws {
        let server = try await WebhookServer()
        let world = try await world(server)
        let killed = try await world.startDaemon(failpoint: "notify.delivered")
        _ = try await world.mayfly(["request", "orders-read", "--format", "json", "--timeout", "3s"])
        #expect(try await killed.outcome().status == -SIGKILL)
        #expect(try messages(server).map(\.event) == [.requested])

        let daemon = try await world.startDaemon()
        _ = try await world.request()
        try await eventually("all is told") { try messages(server).count { $0.event == .issued } >= 2 }
        let told = try messages(server)
        #expect(told[0].id == told[1].id)
        let ids = told.dropFirst().map(\.id)
        #expect(Set(ids).count == ids.count)
        // In the order of the record, which each id names.
        let numbers = ids.compactMap { $0.split(separator: ".").dropFirst().first.flatMap { Int($0) } }
        #expect(numbers.count == ids.count && numbers == numbers.sorted())
        // Each lease that is on record as made was told.
        let leases = try await world.leases().filter { $0.state == .active }.map(\.id)
        #expect(Set(leases).isSubset(of: told.filter { $0.event == .issued }.compactMap { $0.lease?.id }))
        try await world.stop(daemon)
        try await server.stop()
    }

    @Test("A target that is down while the daemon is killed and started again gets all of it when it is up")
    func down() async throws {
        var server = try await WebhookServer()
        let port = server.port
        let world = try await world(server)
        try await server.stop()
        let first = try await world.startDaemon()
        let one = try await world.request()
        try await eventually("it is seen") { try await status(world).first?.failingSince != nil }
        first.signal(SIGKILL)
        #expect(try await first.outcome().status == -SIGKILL)
        let second = try await world.startDaemon()
        let two = try await world.request()
        server = try await WebhookServer(port: port)
        try await eventually("all is told") { [server] in try messages(server).count == 4 }
        let told = try messages(server)
        #expect(told.map(\.event) == [.requested, .issued, .requested, .issued])
        #expect(told.map(\.request?.id) == [one, one, two, two].map(\.request.id))
        try await eventually("it works") { try await status(world).first?.failingSince == nil }
        try await world.stop(second)
        try await server.stop()
    }

    @Test("`mayflyd notify-test` sends one, and says what is wrong")
    func test() async throws {
        let server = try await WebhookServer { $0 == 1 ? .status(200) : .status(403) }
        let world = try await world(server)
        let good = try await world.mayflyd(["notify-test", "siem", "--config", world.configurationPath])
        #expect(good.status == 0 && good.output == "siem took it\n", "\(good)")
        #expect(try messages(server).map(\.event) == [.test])
        let bad = try await world.mayflyd(["notify-test", "siem", "--config", world.configurationPath])
        #expect(bad.status == 1 && bad.errors.contains("answered 403"), "\(bad)")
        let unknown = try await world.mayflyd(["notify-test", "pager", "--config", world.configurationPath])
        #expect(unknown.status == 64, "\(unknown)")
        try await server.stop()
    }
}
