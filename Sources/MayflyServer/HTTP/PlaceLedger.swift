import MayflyCore
import Synchronization

/// How many of something each uid has at a time: calls in the works, streams.
final class PlaceLedger: Sendable {
    private let taken = Mutex<[UInt32: Int]>([:])
    private let perUID: Int
    private let refusal: Refusal

    /// - Parameter refusal: for who has as many as they may.
    init(perUID: Int, refusal: Refusal) {
        self.perUID = perUID
        self.refusal = refusal
    }

    static func streams(_ limits: HTTPLimits) -> PlaceLedger {
        PlaceLedger(
            perUID: limits.streamsPerUID,
            refusal: Refusal(
                .conflict, "you follow the audit log \(limits.streamsPerUID) times already",
                hint: "end one of them first"))
    }

    static func calls(_ limits: HTTPLimits) -> PlaceLedger {
        PlaceLedger(
            perUID: limits.callsPerUID,
            refusal: Refusal(
                .tooManyCalls, "\(limits.callsPerUID) calls of yours wait for their answers already",
                hint: "try again when some have theirs", figures: ["maximum_calls": limits.callsPerUID]))
    }

    /// A place in the ledger, given back when nobody holds it any more.
    final class Place: Sendable {
        private let ledger: PlaceLedger
        private let uid: UInt32

        fileprivate init(_ ledger: PlaceLedger, _ uid: UInt32) {
            self.ledger = ledger
            self.uid = uid
        }

        deinit {
            ledger.taken.withLock { taken in
                let rest = taken[uid, default: 0] - 1
                taken[uid] = rest > 0 ? rest : nil
            }
        }
    }

    /// - Throws: the refusal when the uid has as many as it may.
    func take(uid: UInt32) throws(Refusal) -> Place {
        let isFree = taken.withLock { taken in
            guard taken[uid, default: 0] < perUID else { return false }
            taken[uid, default: 0] += 1
            return true
        }
        guard isFree else { throw refusal }
        return Place(self, uid)
    }
}
