import Foundation
import MayflyAPI
import MayflyClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct AuditFeedTests {
    private func stream(_ lines: [String]) -> Peer.Act {
        .answer(
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"
                + lines.joined(separator: "\n"))
    }

    private func line(_ seq: Int64) throws -> String {
        var record = Fixtures.record
        record.seq = seq
        return String(decoding: try MayflyJSON.encoder().encode(record), as: UTF8.self)
    }

    @Test func `records come one by one, and signs of life are not records`() async throws {
        let peer = try Peer([stream([try line(1), "", try line(2), "", ""])])
        defer { peer.stop() }
        let numbers = try await MayflyClient.withClient(socket: peer.path) { client in
            var numbers: [Int64] = []
            for try await record in try await client.followAudit(AuditSearch(after: 0)) {
                numbers.append(record.seq)
            }
            return numbers
        }
        #expect(numbers == [1, 2])
        #expect(peer.requests.first?.hasPrefix("GET /v1/audit/follow?after=0 ") == true)
    }

    @Test func `a line that is no record ends it with an error`() async throws {
        let peer = try Peer([stream([try line(1), "nonsense", ""])])
        defer { peer.stop() }
        let error = try await #require(throws: MayflyError.self) {
            try await MayflyClient.withClient(socket: peer.path) { client in
                for try await _ in try await client.followAudit() {}
            }
        }
        #expect(error.code == .unreadableReply)
    }

    @Test func `a line without end is cut off`() async throws {
        let peer = try Peer([stream([String(repeating: "x", count: 3 << 20)])])
        defer { peer.stop() }
        let error = try await #require(throws: MayflyError.self) {
            try await MayflyClient.withClient(socket: peer.path) { client in
                for try await _ in try await client.followAudit() {}
            }
        }
        #expect(error.code == .replyTooLarge)
    }

    @Test func `a refusal is an error before the first record`() async throws {
        let body = try MayflyJSON.encoder().encode(Problem(.denied, detail: "no"))
        let peer = try Peer([
            Peer.reply("403 Forbidden", MayflyJSON.problemContentType, String(decoding: body, as: UTF8.self))
        ])
        defer { peer.stop() }
        let error = try await #require(throws: MayflyError.self) {
            try await MayflyClient.withClient(socket: peer.path) { _ = try await $0.followAudit() }
        }
        #expect(error.code == .denied)
    }
}
