import Foundation
import HummingbirdCore
import MayflyAPI
import MayflyCore
import NIOCore
import ServiceLifecycle

/// Leases that end with a connection.
extension Routes {
    /// How long nothing is said before a sign of life.
    static let signOfLife = Duration.seconds(10)

    func tetherLease(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        try Self.noBody(call)
        return .identified { broker, identity throws(Refusal) in
            let tether = try await broker.tether(call.id, by: identity)
            return .stream(
                parts(of: tether, as: call.streamFormat), as: call.streamFormat, onHangUp: tether.letGo)
        }
    }

    func untetherLease(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        try Self.noBody(call)
        return .identified { broker, identity throws(Refusal) in
            try .json(MayflyAPI.Lease(try await broker.untether(call.id, by: identity)))
        }
    }

    static func noBody(_ call: Call) throws(Refusal) {
        guard call.body.isEmpty else {
            throw Refusal(.invalidRequest, "this call takes no body", hint: "leave it out")
        }
    }

    /// The tether as a body, which ends with the last news, with the daemon, or with the connection.
    private func parts(of tether: Tether, as format: StreamFormat) -> ResponseBody {
        ResponseBody { [timekeeper] writer in
            // Whatever ends this without last news: the holder is gone.
            defer { tether.letGo() }
            try await withGracefulShutdownHandler {
                try await withThrowingDiscardingTaskGroup { group in
                    group.addTask {
                        while (try? await timekeeper.sleep(for: Self.signOfLife)) != nil {
                            tether.signOfLife()
                        }
                    }
                    for await line in tether.lines {
                        try await writer.write(Self.bytes(of: line, as: format))
                    }
                    group.cancelAll()
                }
                try await writer.finish(nil)
            } onGracefulShutdown: {
                tether.sayGoodbye()
            }
        }
    }

    private static func bytes(of line: Tether.Line, as format: StreamFormat) throws -> ByteBuffer {
        guard case .news(let news, let lease) = line else { return format.signOfLife }
        var bytes = ByteBuffer()
        let event = TetherEvent(event: TetherNews(news), lease: MayflyAPI.Lease(lease))
        try format.write(event, kind: event.event.rawValue, to: &bytes)
        return bytes
    }
}

extension TetherNews {
    init(_ news: Tether.News) {
        switch news {
        case .tethered: self = .tethered
        case .renewed: self = .renewed
        case .ended: self = .ended
        case .untethered: self = .untethered
        case .goodbye: self = .goodbye
        }
    }
}
