import Foundation
import Glibc
import Logging
import MayflyAPI
import MayflyCore
import MayflyTesting
import MayflyTrail
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import MayflyServer

@Suite("Exporters of audit records") struct AuditSinkTests {
    private let clock = ManualClock()

    private func formatter(_ format: AuditExporter.Format = .json) -> AuditFormatter {
        AuditFormatter(format, installation: "test", version: "0")
    }

    /// Records as a store chains them.
    private func records(_ count: Int) async throws -> [MayflyCore.AuditRecord] {
        let store = InMemoryStore()
        try await store.record(
            (0..<count).map { number in
                AuditEvent(
                    at: Timekeeper.manual(clock).now(), actor: .broker, action: .accessDenied,
                    reason: "\"\\]\nnumber \(number)")
            })
        return try await store.audit(AuditQuery(limit: count))
    }

    private func numbers(_ path: String) throws -> [Int64] {
        try Data(contentsOf: URL(filePath: path)).split(separator: 0x0A).compactMap { line in
            if case .record(let record)? = TrailLine(line) { record.seq } else { nil }
        }
    }

    @Test(
        "A file gets each record once, also when a batch comes again and after a crash in the middle of a line"
    )
    func file() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/audit.jsonl"
            let records = try await records(6)
            let sink = FileSink(.init(path: path), formatter: formatter(), timekeeper: .manual(clock))
            try await sink.deliver(Array(records[0..<3]))
            try await sink.deliver(Array(records[1..<4]))
            #expect(try numbers(path) == [1, 2, 3, 4])
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(#"{"action":"acc"#.utf8))
            try handle.close()
            try await sink.deliver(Array(records[4..<6]))
            #expect(try numbers(path) == [1, 2, 3, 4, 5, 6])
            #expect(try Data(contentsOf: URL(filePath: path)).last == 0x0A)
            // What it wrote is what a verifier takes.
            var verifier = TrailVerifier()
            for line in try Data(contentsOf: URL(filePath: path)).split(separator: 0x0A) {
                try verifier.take(line)
            }
            #expect(try verifier.finish().last == 6)
        }
    }

    @Test("It is rotated by size, with the clock's period, and goes on when logrotate took it away")
    func rotation() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/audit.jsonl"
            let records = try await records(9)
            let line = try formatter().line(records[0]).count
            let sink = FileSink(
                .init(path: path, rotateAt: 2 * line + line / 2, keep: 2), formatter: formatter(),
                timekeeper: .manual(clock))
            for record in records { try await sink.deliver([record]) }
            #expect(try numbers(path) == [9])
            #expect(try numbers(path + ".1") == [7, 8])
            #expect(try numbers(path + ".2") == [5, 6])
            #expect(!FileManager.default.fileExists(atPath: path + ".3"))
            try FileManager.default.moveItem(atPath: path, toPath: directory + "/moved")
            try await sink.deliver([records[8]])
            #expect(try numbers(path) == [9])
            // A day's file ends with the day; the file's own time is the system's, so both ends are moved.
            let daily = directory + "/daily.jsonl"
            let wall = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
            let timed = FileSink(
                .init(path: daily, rotateAfter: 86_400), formatter: formatter(),
                timekeeper: Timekeeper(now: { wall.withLock { $0 } }, clock: ContinuousClock()))
            func touch() throws {
                try FileManager.default.setAttributes(
                    [.modificationDate: wall.withLock { $0 }], ofItemAtPath: daily)
            }
            try await timed.deliver([records[0]])
            try touch()
            try await timed.deliver([records[1]])
            try touch()
            wall.withLock { $0.addTimeInterval(86_400) }
            try await timed.deliver([records[2]])
            #expect(try numbers(daily) == [3])
            #expect(try numbers(daily + ".1") == [1, 2])
        }
    }

    @Test("A file that cannot be written is a failure, and a link is not followed")
    func unwritable() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let records = try await records(1)
            try FileManager.default.createSymbolicLink(
                atPath: directory + "/link", withDestinationPath: directory + "/victim")
            for path in [directory + "/none/audit.jsonl", directory + "/link", directory] {
                let sink = FileSink(.init(path: path), formatter: formatter(), timekeeper: .manual(clock))
                await #expect(throws: DeliveryFailure.self, "\(path)") { try await sink.deliver(records) }
            }
            #expect(!FileManager.default.fileExists(atPath: directory + "/victim"))
        }
    }

    @Test(
        "A syslog message is of RFC 5424: head, structured data in which nothing ends a value, and the record"
    )
    func message() async throws {
        var record = try await records(1)[0]
        let text = String(
            decoding: try SyslogMessage(record, facility: 13, host: "db host", formatter: formatter()).bytes,
            as: UTF8.self)
        let head =
            "<110>1 \(AuditEncoding.timestamp(record.event.at)) dbhost mayflyd \(getpid()) access.denied [mayfly@32473 seq=\"1\" actor=\"mayflyd\" "
        #expect(text.hasPrefix(head), "\(text)")
        #expect(text.contains("] \u{FEFF}{\"action\""))
        #expect(!text.contains("\n"))
        #expect(SyslogMessage.escaped("a\"b\\c]d\n") == "a\\\"b\\\\c\\]d ")
        var event = record.event
        event.reason = String(repeating: "é", count: 80_000)
        record = AuditRecord(sequence: 1, event: event, previousHash: record.previousHash, hash: record.hash)
        let long = try SyslogMessage(record, facility: 0, host: "", formatter: formatter()).bytes
        #expect(long.count <= SyslogMessage.longest)
        #expect(String(validating: long, as: UTF8.self) != nil)
    }

    @Test("A Unix socket gets a datagram for each record; one where nobody listens is a failure")
    func unixSocket() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/log"
            let records = try await records(3)
            let sink = SyslogSink(.init(address: .socket(path)), formatter: formatter(.cef), timeout: 5)
            await #expect(throws: DeliveryFailure.unreachable) { try await sink.deliver(records) }
            let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            defer { Glibc.close(descriptor) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            let length = socklen_t(MemoryLayout<sockaddr_un>.size)
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(bound == 0)
            try await sink.deliver(records)
            for number in 1...3 {
                var buffer = [UInt8](repeating: 0, count: 65_536)
                let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                try #require(count > 0)
                let text = String(decoding: buffer[..<count], as: UTF8.self)
                #expect(text.contains("externalId=\(number) "), "\(text)")
            }
            await sink.close()
        }
    }

    /// Keeps what comes.
    private final class Collector: ChannelInboundHandler, @unchecked Sendable {
        typealias InboundIn = ByteBuffer
        let received = Mutex<[UInt8]>([])
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var buffer = unwrapInboundIn(data)
            let bytes = buffer.readBytes(length: buffer.readableBytes) ?? []
            received.withLock { $0 += bytes }
        }
    }

    @Test("A TCP server gets each record with its length before it, and again after it was away")
    func tcp() async throws {
        let collector = Collector()
        func listen(_ port: Int) async throws -> any Channel {
            try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(collector)
                    }
                }.bind(host: "127.0.0.1", port: port).get()
        }
        let server = try await listen(0)
        let port = try #require(server.localAddress?.port)
        let records = try await records(4)
        let sink = SyslogSink(
            .init(address: .tcp(host: "127.0.0.1", port: port)), formatter: formatter(), timeout: 5)
        try await sink.deliver(Array(records[0..<2]))
        func messages() -> [String] {
            var rest = collector.received.withLock { $0 }[...]
            var found: [String] = []
            while let space = rest.firstIndex(of: 0x20),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)), rest.count > length
            {
                let start = space + 1
                guard start + length <= rest.endIndex else { break }
                found.append(String(decoding: rest[start..<(start + length)], as: UTF8.self))
                rest = rest[(start + length)...]
            }
            return found
        }
        try await eventually("two came") { messages().count == 2 }
        #expect(messages().allSatisfy { $0.hasPrefix("<110>1 ") })
        await sink.close()
        try await server.close()
        await #expect(throws: DeliveryFailure.unreachable) { try await sink.deliver(Array(records[2..<4])) }
        let again = try await listen(port)
        try await sink.deliver(Array(records[2..<4]))
        try await eventually("four came") { messages().count == 4 }
        await sink.close()
        try await again.close()
    }
}

@Suite("The feeds of exporters") struct ExporterFeedTests {
    /// Takes batches, or refuses them.
    private final class FakeSink: AuditSink {
        let state = Mutex<(taken: [Int64], failure: DeliveryFailure?, batches: Int)>(([], nil, 0))
        func deliver(_ records: [MayflyCore.AuditRecord]) async throws(DeliveryFailure) {
            let failure = state.withLock { state in
                if state.failure == nil {
                    state.taken += records.map(\.sequence)
                    state.batches += 1
                }
                return state.failure
            }
            if let failure { throw failure }
        }
        func close() async {}
        var taken: [Int64] { state.withLock { $0.taken } }
        func fail(_ failure: DeliveryFailure?) { state.withLock { $0.failure = failure } }
    }

    private let store = InMemoryStore()
    private let clock = ManualClock()

    private func feeds(_ sink: FakeSink) -> ExporterFeeds {
        ExporterFeeds(
            store: store, timekeeper: .manual(clock),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            makeSink: { _ in sink }, random: { 1 })
    }

    private func record(_ count: Int) async throws {
        try await store.record(
            (0..<count).map { _ in
                AuditEvent(at: Date(milliseconds: 0), actor: .broker, action: .accessDenied)
            })
    }

    private let definition = AuditExporter(name: "siem", channel: .file(.init(path: "/x")), batch: 2)

    @Test(
        "A target that is down for long gets all of it in order when it is back, and its lag is shown meanwhile"
    )
    func down() async throws {
        let sink = FakeSink()
        try await record(3)
        let feeds = feeds(sink)
        try await feeds.prepare([definition])
        sink.fail(.unreachable)
        try await record(7)
        feeds.put([definition])
        await clock.waitForSleepers(1)
        var health = try #require(try await feeds.health().first)
        #expect(health.lag == 7)
        #expect(health.lastFailure == .unreachable)
        #expect(health.kind == "file")
        for _ in 0..<5 {
            clock.advance(by: .seconds(600))
            await clock.waitForSleepers(1)
        }
        #expect(sink.taken.isEmpty)
        sink.fail(nil)
        clock.advance(by: .seconds(600))
        try await eventually("all of it came") { sink.taken == [4, 5, 6, 7, 8, 9, 10] }
        try await eventually("it is caught up") {
            health = try #require(try await feeds.health().first)
            return health.lag == 0 && health.failingSince == nil
        }
        await feeds.stop()
        // The next life goes on where this one was.
        try await record(1)
        let next = self.feeds(sink)
        try await next.prepare([definition])
        next.put([definition])
        try await eventually("what is new came") { sink.taken.last == 11 }
        #expect(sink.taken.count == 8)
        await next.stop()
        // One that is gone from the configuration is forgotten, and no target of notifications with it.
        _ = try await store.beginCursor(Exporter(notifying: "chat"))
        try await next.prepare([])
        #expect(try await store.cursors().keys.map(\.rawValue) == ["notify:chat"])
    }
}
