import Foundation
import MayflyCore
import MayflyStore
import MayflyTesting
import Testing

@Suite("Two brokers on one file")
struct SharedFileTests {
    private typealias Sample = StoreConformanceSample

    @Test("They never claim the same lease, never overshoot a quota, and keep one chain")
    func twoBrokers() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            let stores = try (0..<2).map { _ in
                try SQLiteStore(path: path, options: .init(reserve: 1 << 16, busyTimeout: 30))
            }
            let quota = Quota(perPerson: 1000, total: 60)
            let admitted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<100 {
                    let store = stores[index % 2]
                    group.addTask {
                        let admission = try Sample.admission(seconds: 1, quota: quota)
                        guard case .admitted = try await store.admit(admission), let lease = admission.lease
                        else { return false }
                        let made = Lease.Event.made(roleOID: 1, validUntil: lease.expiresAt)
                        let step = LeaseStep(lease.id, made, audit: Sample.event(.leaseActive, of: lease))
                        return try await store.apply([step], now: Sample.now)[0].change == .changed
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(admitted == 60)
            let now = Sample.now.addingTimeInterval(10)
            let claimed = try await withThrowingTaskGroup(of: [LeaseID].self) { group in
                for index in 0..<30 {
                    let store = stores[index % 2]
                    group.addTask {
                        let claim = Sample.claim("broker-\(index % 2)", until: now.addingTimeInterval(60))
                        return try await store.claimDue(
                            Sample.orders, .first, now: now, limit: 3, claim: claim
                        ).map(
                            \.id)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 60)
            #expect(Set(claimed).count == 60)
            for store in stores {
                #expect(try await store.firstBrokenAuditRecord() == nil)
                await store.close()
            }
        }
    }
}
