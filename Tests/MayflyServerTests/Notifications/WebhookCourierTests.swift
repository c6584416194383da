import Foundation
import MayflyAPI
import MayflyCore
import MayflyServer
import MayflyTesting
import NIOCore
import NIOPosix
import Testing

/// Against real HTTP servers, good ones and bad ones.
@Suite struct WebhookCourierTests {
    private static let message = NotificationMessage(
        version: 1, id: "test.7.0123456789ab.issued", event: .issued,
        at: Date(timeIntervalSince1970: 1_785_412_800),
        installation: "test", actor: AuditActor(user: "alice", uid: 1001), summary: "alice has access.",
        recipients: ["user:alice"], details: [:])

    private func deliver(
        _ address: NotificationTarget.Webhook.Address, format: NotificationTarget.Format = .generic,
        key: String? = "/key", ca: String? = nil, timeout: Int = 10, lines: [String: String] = [:]
    ) async -> DeliveryFailure? {
        let webhook = NotificationTarget.Webhook(address: address, format: format, secretFile: key, ca: ca)
        let courier = WebhookCourier(
            webhook, timeout: timeout, secrets: FakeSecrets(lines: lines),
            timekeeper: .manual(ManualClock(), start: Date(timeIntervalSince1970: 1_785_412_800.9)))
        var failure: DeliveryFailure?
        do { try await courier.deliver(Self.message) } catch { failure = error }
        await courier.close()
        return failure
    }

    @Test("What is posted is the documented JSON, with its headers and a signature that anyone can verify")
    func taken() async throws {
        let server = try await WebhookServer()
        #expect(await deliver(.url(server.url)) == nil)
        let received = try #require(server.received.first)
        #expect(
            try MayflyJSON.decoder().decode(NotificationMessage.self, from: Data(received.body))
                == Self.message)
        #expect(received.headers["content-type"] == "application/json")
        #expect(received.headers["mayfly-event"] == "issued")
        #expect(received.headers["mayfly-delivery"] == Self.message.id)
        #expect(received.headers["mayfly-signature"]?.hasPrefix("t=1785412800,v1=") == true)
        try await verify(received)
        try await server.stop()
    }

    /// The README's own lines, run by Python.
    private func verify(_ received: WebhookServer.Received) async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let blocks = text.split(separator: "```python\n").dropFirst().compactMap {
            $0.split(separator: "```").first
        }
        let sample = try #require(blocks.first { $0.contains("Mayfly-Signature") })
        func program(_ body: [UInt8], _ now: Int) -> String {
            """
            import base64, sys
            \(sample)
            body = base64.b64decode("\(Data(body).base64EncodedString())")
            print(verify(b"\(String(decoding: FakeSecrets.key, as: UTF8.self))",
                {"Mayfly-Signature": "\(received.headers["mayfly-signature"] ?? "")"}, body, \(now)))
            """
        }
        let good = try await TestCommand.run(["python3", "-"], input: program(received.body, 1_785_412_900))
        #expect(good == "True\n")
        let changed = try await TestCommand.run(
            ["python3", "-"], input: program(received.body + [0x20], 1_785_412_900))
        #expect(changed == "False\n")
        let late = try await TestCommand.run(["python3", "-"], input: program(received.body, 1_785_413_200))
        #expect(late == "False\n")
    }

    @Test("Slack's form goes to an address out of a file, unsigned")
    func slack() async throws {
        let server = try await WebhookServer()
        #expect(await deliver(.file("/url"), format: .slack, key: nil, lines: ["/url": server.url]) == nil)
        let received = try #require(server.received.first)
        #expect(received.headers["mayfly-signature"] == nil)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(received.body)) as? [String: Any])
        #expect(object["text"] as? String == "alice has access.")
        try await server.stop()
    }

    @Test("A redirect is a failure, and nobody else is told anything")
    func redirect() async throws {
        let elsewhere = try await WebhookServer()
        let server = try await WebhookServer { [url = elsewhere.url] _ in .redirect(to: url) }
        #expect(await deliver(.url(server.url)) == .redirected(302))
        #expect(server.received.count == 1)
        #expect(elsewhere.received.isEmpty)
        try await server.stop()
        try await elsewhere.stop()
    }

    @Test("A server that hangs costs the time that is configured")
    func hang() async throws {
        let server = try await WebhookServer { _ in .none }
        let elapsed = await ContinuousClock().measure {
            #expect(await deliver(.url(server.url), timeout: 1) == .timedOut)
        }
        #expect(elapsed < .seconds(60))
        try await server.stop()
    }

    @Test(
        "An answer that drips, or floods, without an end is not waited for: its status counts",
        arguments: [WebhookServer.Answer.dripping, .endless])
    func drips(answer: WebhookServer.Answer) async throws {
        let server = try await WebhookServer { _ in answer }
        let elapsed = await ContinuousClock().measure {
            #expect(await deliver(.url(server.url), timeout: 120) == nil)
        }
        #expect(elapsed < .seconds(60))
        try await server.stop()
    }

    @Test(
        "A server that takes the connection and says nothing, TLS or not, costs the time that is configured")
    func silent() async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(silent.localAddress?.port)
        for scheme in ["http", "https"] {
            let elapsed = await ContinuousClock().measure {
                #expect(await deliver(.url("\(scheme)://localhost:\(port)/"), timeout: 1) == .timedOut)
            }
            #expect(elapsed < .seconds(60))
        }
        try await silent.close()
    }

    @Test("Any status but 2xx is a failure", arguments: [304, 400, 401, 410, 429, 500, 503])
    func status(code: Int) async throws {
        let server = try await WebhookServer { _ in .status(code) }
        #expect(await deliver(.url(server.url)) == (code == 304 ? .redirected(304) : .status(code)))
        try await server.stop()
    }

    @Test("Nobody there, and a name that is none")
    func unreachable() async throws {
        let server = try await WebhookServer()
        let url = server.url
        try await server.stop()
        #expect(await deliver(.url(url), timeout: 5) == .unreachable)
    }

    @Test("TLS is verified: another host's certificate, an unknown issuer's and no TLS get nothing")
    func tls() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "mayfly-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        // What cannot be removed is left to the system's own cleaning of the temporary directory.
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let ours = try await WebhookServer.Certificate(for: "localhost", in: directory)
        let other = try await WebhookServer.Certificate(for: "other.example", in: directory)

        let good = try await WebhookServer(certificate: ours)
        #expect(await deliver(.url(good.url), ca: ours.certificate) == nil)
        #expect(good.received.count == 1)
        #expect(await deliver(.url(good.url), timeout: 6) == .notTrusted)
        #expect(await deliver(.url(good.url), ca: other.certificate, timeout: 6) == .notTrusted)
        #expect(good.received.count == 1)

        let wrong = try await WebhookServer(certificate: other)
        #expect(await deliver(.url(wrong.url), ca: other.certificate, timeout: 6) == .notTrusted)
        #expect(wrong.received.isEmpty)

        let plain = try await WebhookServer()
        let failure = await deliver(.url(plain.url.replacing("http:", with: "https:")), timeout: 6)
        #expect(failure == .notTrusted)
        #expect(plain.received.isEmpty)
        for server in [good, wrong, plain] { try await server.stop() }
    }

    @Test(
        "A file with an address that may not be used, or without a key, sends nothing",
        arguments: [
            "http://example.com/hook", "https://user:secret@localhost/", "file:///etc/passwd", "hunter2", "",
            "https://localhost/#x", "https://local host/",
        ])
    func address(line: String) async {
        #expect(await deliver(.file("/url"), lines: ["/url": line]) == .address)
    }

    @Test("Without its key nothing is sent, and what fails names no address")
    func noKey() async throws {
        let server = try await WebhookServer { _ in .status(500) }
        #expect(await deliver(.url(server.url), key: "/other") == .file("there is no /other"))
        #expect(server.received.isEmpty)
        let failure = try #require(await deliver(.url(server.url)))
        #expect(!"\(failure)".contains("hook") && !"\(failure)".contains("\(server.port)"))
        try await server.stop()
    }
}
