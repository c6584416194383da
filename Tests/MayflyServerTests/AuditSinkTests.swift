import Foundation
import Glibc
import Logging
import MayflyAPI
import MayflyCore
import MayflyTesting
import MayflyTrail
import NIOCore
import NIOPosix
import NIOSSL
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
            var verifier = TrailVerifier(mayBreakOff: true)
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

    @Test(
        "A file that holds another log, or that is not ours alone, is refused, and nothing in it is touched")
    func foreignFile() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let records = try await records(6)
            func sink(_ path: String) -> FileSink {
                FileSink(.init(path: path), formatter: formatter(), timekeeper: .manual(clock))
            }
            // One line that somebody put there must not end the feed as if all had been delivered.
            let ahead = directory + "/ahead.jsonl"
            try await sink(ahead).deliver(Array(records[0..<3]))
            let handle = try #require(FileHandle(forWritingAtPath: ahead))
            try handle.seekToEnd()
            var forged = MayflyAPI.AuditRecord(records[3])
            forged.seq = 1 << 53
            try handle.write(contentsOf: try MayflyJSON.encoder().encode(forged) + [0x0A])
            try handle.close()
            let before = try Data(contentsOf: URL(filePath: ahead))
            await #expect(throws: DeliveryFailure.self) {
                try await sink(ahead).deliver(Array(records[3..<6]))
            }
            #expect(try Data(contentsOf: URL(filePath: ahead)) == before)
            // The same numbers with other hashes, as after a state was restored.
            let other = directory + "/other.jsonl"
            try await sink(other).deliver(Array(records[0..<3]))
            let event = AuditEvent(at: Date(milliseconds: 5), actor: .broker, action: .daemonStarted)
            let store = InMemoryStore()
            try await store.record([event, event, event, event])
            let restored = try await store.audit(AuditQuery(limit: 4))
            await #expect(throws: DeliveryFailure.self) {
                try await sink(other).deliver(Array(restored[1...]))
            }
            #expect(try numbers(other) == [1, 2, 3])
            // Writable for others; and a second name of something else.
            let open = directory + "/open.jsonl"
            #expect(FileManager.default.createFile(atPath: open, contents: nil))
            #expect(chmod(open, 0o666) == 0)
            let victim = directory + "/victim"
            try Data("half a line".utf8).write(to: URL(filePath: victim))
            try FileManager.default.linkItem(atPath: victim, toPath: directory + "/named.jsonl")
            for path in [open, directory + "/named.jsonl"] {
                await #expect(throws: DeliveryFailure.self, "\(path)") {
                    try await sink(path).deliver(records)
                }
            }
            #expect(try Data(contentsOf: URL(filePath: victim)) == Data("half a line".utf8))
        }
    }

    @Test(
        "A batch that came before the file was changed for another does not come again; half a change is finished"
    )
    func aroundRotation() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/audit.jsonl"
            let records = try await records(6)
            let line = try formatter().line(records[0]).count
            func sink() -> FileSink {
                FileSink(
                    .init(path: path, rotateAt: 3 * line + line / 2, keep: 3), formatter: formatter(),
                    timekeeper: .manual(clock))
            }
            try await sink().deliver(Array(records[0..<3]))
            try await sink().deliver(Array(records[0..<4]))
            try await sink().deliver(Array(records[0..<5]))
            #expect(try numbers(path + ".1") == [1, 2, 3])
            #expect(try numbers(path) == [4, 5])
            // Killed between the two halves.
            try FileManager.default.moveItem(atPath: path, toPath: path + ".rotating")
            try await sink().deliver([records[5]])
            #expect(try numbers(path + ".2") == [1, 2, 3])
            #expect(try numbers(path + ".1") == [4, 5])
            #expect(try numbers(path) == [6])
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

    @Test("Over TLS only a server whose certificate is trusted, and is that host's, gets anything")
    func tls() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let own = try await WebhookServer.Certificate(for: "localhost", in: directory)
            let foreign = try await WebhookServer.Certificate(for: "other.test", in: directory)
            let records = try await records(2)
            func deliver(_ certificate: WebhookServer.Certificate, ca: String) async throws -> String {
                let collector = Collector()
                let context = try NIOSSLContext(
                    configuration: .makeServerConfiguration(
                        certificateChain: try NIOSSLCertificate.fromPEMFile(certificate.certificate).map {
                            .certificate($0)
                        },
                        privateKey: .privateKey(try NIOSSLPrivateKey(file: certificate.key, format: .pem))))
                let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .childChannelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            let pipeline = channel.pipeline.syncOperations
                            try pipeline.addHandler(NIOSSLServerHandler(context: context))
                            try pipeline.addHandler(collector)
                        }
                    }.bind(host: "127.0.0.1", port: 0).get()
                let port = try #require(server.localAddress?.port)
                let sink = SyslogSink(
                    .init(address: .tls(host: "localhost", port: port, ca: ca)), formatter: formatter(),
                    timeout: 5)
                do {
                    try await sink.deliver(records)
                    try await eventually("both came") {
                        String(decoding: collector.received.withLock { $0 }, as: UTF8.self).contains(
                            "seq=\"2\"")
                    }
                } catch {
                    await sink.close()
                    try await server.close()
                    #expect(collector.received.withLock { $0 } == [])
                    throw error
                }
                await sink.close()
                try await server.close()
                return String(decoding: collector.received.withLock { $0 }, as: UTF8.self)
            }
            #expect(try await deliver(own, ca: own.certificate).contains("<110>1 "))
            await #expect(throws: DeliveryFailure.notTrusted) {
                _ = try await deliver(own, ca: foreign.certificate)
            }
            await #expect(throws: DeliveryFailure.notTrusted) {
                _ = try await deliver(foreign, ca: foreign.certificate)
            }
        }
    }

    @Test("What a server's system has not acknowledged does not count as taken, and comes again")
    func acknowledged() async throws {
        // Listens, and never takes a connection up: its system fills its buffers, and then nothing goes on.
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(listener) }
        var small: Int32 = 4096
        setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        try #require(bound)
        let port = Int(UInt16(bigEndian: address.sin_port))
        let sink = SyslogSink(
            .init(address: .tcp(host: "127.0.0.1", port: port)), formatter: formatter(), timeout: 1)
        let records = try await records(200)
        await #expect(throws: DeliveryFailure.self) { try await sink.deliver(records) }
        await sink.close()
    }

    @Test("A socket that nobody reads costs an attempt its time, and nobody else anything")
    func fullSocket() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/log"
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
            let records = try await records(1000)
            let sink = SyslogSink(.init(address: .socket(path)), formatter: formatter(), timeout: 1)
            await #expect(throws: DeliveryFailure.timedOut) { try await sink.deliver(records) }
        }
    }

    @Test(
        "A full disk is a failure; once there is room, what is missing comes, and nothing twice",
        .enabled(if: SmallDisk.isPossible, "mounting a tmpfs takes root"))
    func fullDisk() async throws {
        let records = try await records(6)
        try await SmallDisk.with(megabytes: 1) { directory in
            let path = directory + "/audit.jsonl"
            let sink = FileSink(.init(path: path), formatter: formatter(), timekeeper: .manual(clock))
            try await sink.deliver(Array(records[0..<2]))
            try SmallDisk.fill(directory)
            var event = records[2].event
            event.reason = String(repeating: "x", count: 20_000)
            let store = InMemoryStore()
            try await store.record(records[0..<2].map(\.event) + [event] + records[3...].map(\.event))
            let long = try await store.audit(AuditQuery(limit: 6))
            #expect(long[1].hash == records[1].hash)
            await #expect(throws: DeliveryFailure.self) { try await sink.deliver(Array(long[2...])) }
            try SmallDisk.clear(directory)
            try await sink.deliver(Array(long[2...]))
            #expect(try numbers(path) == [1, 2, 3, 4, 5, 6])
        }
    }

    @Test("A webhook that refuses a batch gets its halves, and one record that it refuses waits alone")
    func halved() async throws {
        let server = try await WebhookServer { number in number == 1 ? .status(413) : .status(200) }
        let courier = WebhookCourier(
            .init(address: .url(server.url), format: .generic, secretFile: "/key"), timeout: 5,
            secrets: FakeSecrets(lines: [:]), timekeeper: .manual(clock))
        let sink = WebhookSink(courier, formatter: formatter())
        try await sink.deliver(try await records(5))
        let numbers = server.received.map { received in
            received.body.split(separator: 0x0A).compactMap { line -> Int64? in
                if case .record(let record)? = TrailLine(line) { record.seq } else { nil }
            }
        }
        #expect(numbers == [[1, 2, 3, 4, 5], [1, 2], [3, 4, 5]])
        #expect(server.received.allSatisfy { $0.headers["mayfly-signature"] != nil })
        await sink.close()
        try await server.stop()
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
        // That it takes nothing is on record too.
        #expect(health.lag == 9)
        #expect(health.lastFailure == .unreachable)
        #expect(health.kind == "file")
        for _ in 0..<5 {
            clock.advance(by: .seconds(600))
            await clock.waitForSleepers(1)
        }
        #expect(sink.taken.isEmpty)
        sink.fail(nil)
        clock.advance(by: .seconds(600))
        try await eventually("all of it came") { sink.taken == Array(4...13) }
        let told = try await store.audit(AuditQuery(after: 11)).map(\.event)
        #expect(told.map(\.action) == [.notificationFailing, .notificationRecovered])
        #expect(told.allSatisfy { $0.details["target"] == "siem" })
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
        try await eventually("what is new came") { sink.taken.last == 14 }
        #expect(sink.taken == Array(4...14))
        await next.stop()
        // One that is gone from the configuration is forgotten, and no target of notifications with it.
        _ = try await store.beginCursor(Exporter(notifying: "chat"))
        try await next.prepare([])
        #expect(try await store.cursors().keys.map(\.rawValue) == ["notify:chat"])
        // Where it began and ended is on record.
        let events = try await store.audit(AuditQuery()).map(\.event)
        let begun = events.filter { $0.action == .exporterBegun }
        let ended = events.filter { $0.action == .exporterEnded }
        #expect(begun.map { $0.details["up_to"] } == ["3"])
        #expect(ended.map { $0.details["up_to"] } == ["14"])
    }

    /// Delivers until it is told to end, whatever is cancelled meanwhile.
    private final class StubbornSink: AuditSink {
        let state = Mutex<(waiting: CheckedContinuation<Void, Never>?, delivering: Int, most: Int)>(
            (nil, 0, 0))
        func deliver(_ records: [MayflyCore.AuditRecord]) async throws(DeliveryFailure) {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.delivering += 1
                    state.most = max(state.most, state.delivering)
                    state.waiting = state.waiting ?? continuation
                }
            }
            state.withLock { $0.delivering -= 1 }
        }
        func close() async {}
        func end() {
            state.withLock { state in
                defer { state.waiting = nil }
                return state.waiting
            }?.resume()
        }
    }

    @Test("An exporter that was taken out and put in again does not deliver twice at once")
    func takenOut() async throws {
        let sink = StubbornSink()
        let feeds = ExporterFeeds(
            store: store, timekeeper: .manual(clock),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            makeSink: { _ in sink }, random: { 1 })
        try await feeds.prepare([definition])
        try await record(1)
        feeds.put([definition])
        try await eventually("it delivers") { sink.state.withLock { $0.delivering } == 1 }
        feeds.put([])
        feeds.put([definition])
        for _ in 0..<1000 { await Task.yield() }
        #expect(sink.state.withLock { $0.delivering } == 1)
        try await record(1)
        sink.end()
        try await eventually("the next one delivers") {
            sink.state.withLock { $0.delivering } == 1 && sink.state.withLock { $0.waiting != nil }
        }
        #expect(sink.state.withLock { $0.most } == 1)
        async let stopped: Void = feeds.stop()
        try await eventually("it has ended") {
            sink.end()
            return sink.state.withLock { $0.delivering } == 0
        }
        await stopped
    }

    @Test("A record that was changed, or is gone, keeps nobody from the rest, and is told of once")
    func damaged() async throws {
        let sinks = [FakeSink(), FakeSink()]
        let made = Mutex(0)
        store.damage(changed: [2], gone: [4, 5])
        let feeds = ExporterFeeds(
            store: store, timekeeper: .manual(clock),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            makeSink: { _ in
                sinks[
                    made.withLock {
                        $0 += 1
                        return $0 - 1
                    }]
            }, random: { 1 })
        let two = [definition, AuditExporter(name: "archive", channel: .file(.init(path: "/y")), batch: 3)]
        try await feeds.prepare(two)
        try await store.record(
            (0..<7).map { _ in AuditEvent(at: Date(milliseconds: 0), actor: .broker, action: .accessDenied) })
        feeds.put(two)
        for sink in sinks {
            try await eventually("what is sound came, and what was told of the rest") {
                clock.advance(by: .seconds(1))
                return sink.taken == [1, 3, 6, 7, 8, 9, 10, 11]
            }
        }
        let told = try await store.audit(AuditQuery(after: 9)).map(\.event)
        #expect(told.map(\.action) == [.auditDamaged, .auditDamaged])
        #expect(Set(told.map { $0.details["record"] }) == ["2", "4 to 5"])
        await feeds.stop()
    }
}
