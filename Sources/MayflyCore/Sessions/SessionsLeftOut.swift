package import Foundation

/// Sessions of one lease that were seen and are over, and are not on record one by one (`SessionBudget`).
package struct SessionsLeftOut: Hashable, Sendable {
    /// Of more addresses it is not told which.
    package static let mostAddresses = 10

    package let lease: Lease
    package private(set) var count = 0
    /// When the first and the last of them were found gone.
    package private(set) var firstAt: Date
    package private(set) var lastAt: Date
    /// From where they came, as far as there is room.
    package private(set) var addresses: Set<String> = []
    package private(set) var hasMoreAddresses = false

    package init(of lease: Lease, at moment: Date) {
        self.lease = lease
        (firstAt, lastAt) = (moment, moment)
    }

    package mutating func add(_ client: SessionClient, at moment: Date) {
        count += 1
        lastAt = max(lastAt, moment)
        guard let address = client.address, !addresses.contains(address) else { return }
        if addresses.count < Self.mostAddresses {
            addresses.insert(address)
        } else {
            hasMoreAddresses = true
        }
    }
}
