import Foundation
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyServer

@Suite("Who holds a lease")
struct TethersTests {
    private let now = Date(timeIntervalSince1970: 1000)

    private func tethers() -> Tethers {
        let now = now
        return Tethers(now: { now })
    }

    @Test("A tether that could not be recorded leaves the lease awaited as long as before")
    func takenBack() throws {
        let lease = try #require(try StoreConformanceSample.admission().lease)
        let tethers = tethers()
        tethers.await(lease.id, until: now.addingTimeInterval(Tethers.grace))
        tethers.takeBack(tethers.hold(lease))
        #expect(tethers.takeLost().isEmpty)
        // It is awaited still, and by a holder who comes back and is gone again it is lost.
        tethers.letGo(tethers.hold(lease))
        #expect(tethers.takeLost() == [lease.id])
    }

    @Test("One that was never awaited is not lost by a tether that could not be recorded")
    func neverAwaited() throws {
        let lease = try #require(try StoreConformanceSample.admission().lease)
        let tethers = tethers()
        tethers.takeBack(tethers.hold(lease))
        #expect(tethers.takeLost().isEmpty)
    }
}
