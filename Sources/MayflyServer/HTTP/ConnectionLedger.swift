import NIOCore
import Synchronization

/// Counts the connections of each uid, and knows them all.
final class ConnectionLedger: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var perUID: [UInt32: Int] = [:]
    }

    private let state = Mutex(State())
    private let total: Int
    private let perUID: Int

    init(total: Int, perUID: Int) {
        self.total = total
        self.perUID = perUID
    }

    /// - Parameter total: as many as the descriptors allow; one uid has no more than half of them.
    convenience init(_ limits: HTTPLimits, total: Int) {
        self.init(total: total, perUID: min(limits.connectionsPerUID, max(1, total / 2)))
    }

    /// - Returns: false when there are too many, of this uid or in all.
    func admit(_ channel: any Channel, uid: UInt32) -> Bool {
        state.withLock { state in
            let mine = state.perUID[uid, default: 0]
            guard state.channels.count < total, mine < perUID else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            state.perUID[uid] = mine + 1
            return true
        }
    }

    /// Only after `admit` said yes.
    func release(_ channel: any Channel, uid: UInt32) {
        state.withLock { state in
            guard state.channels.removeValue(forKey: ObjectIdentifier(channel)) != nil else { return }
            let mine = state.perUID[uid, default: 0] - 1
            state.perUID[uid] = mine > 0 ? mine : nil
        }
    }

    var count: Int { state.withLock { $0.channels.count } }

    func closeAll() {
        let channels = state.withLock { Array($0.channels.values) }
        for channel in channels { channel.close(promise: nil) }
    }
}
