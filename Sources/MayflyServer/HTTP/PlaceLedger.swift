import MayflyCore
import Synchronization

/// How many audit streams each uid follows.
final class StreamLedger: Sendable {
    private let open = Mutex<[UInt32: Int]>([:])
    private let perUID: Int

    init(perUID: Int) { self.perUID = perUID }

    /// A place in the ledger, given back when nobody holds it any more.
    final class Place: Sendable {
        private let ledger: StreamLedger
        private let uid: UInt32

        fileprivate init(_ ledger: StreamLedger, _ uid: UInt32) {
            self.ledger = ledger
            self.uid = uid
        }

        deinit {
            ledger.open.withLock { open in
                let rest = open[uid, default: 0] - 1
                open[uid] = rest > 0 ? rest : nil
            }
        }
    }

    /// - Throws: `Refusal` with `conflict` when the uid has as many as it may.
    func take(uid: UInt32) throws(Refusal) -> Place {
        let taken = open.withLock { open in
            guard open[uid, default: 0] < perUID else { return false }
            open[uid, default: 0] += 1
            return true
        }
        guard taken else {
            throw Refusal(
                .conflict, "you follow the audit log \(perUID) times already", hint: "end one of them first")
        }
        return Place(self, uid)
    }
}
