import Foundation
import MayflyCore

/// The roles without a lease that an administrator said to keep, with their ends: as the state keeps them.
///
/// They are no leases: who asked, by which rule, and until when at most, was in the state that is lost. They end with
/// the end that the guard's register has, and nobody renews them.
struct KeptRoles: Sendable {
    private(set) var ends: [LeaseID: Date] = [:]

    init() {}

    /// - Parameter memo: what `encoded` gave; nothing is kept by one that cannot be read.
    init(decoding memo: String) {
        guard let read = try? JSONDecoder().decode([String: Int64].self, from: Data(memo.utf8)) else {
            return
        }
        for (id, end) in read {
            if let lease = LeaseID(rawValue: id) { ends[lease] = Date(milliseconds: end) }
        }
    }

    func contains(_ lease: LeaseID?) -> Bool { lease.map { ends[$0] != nil } ?? false }

    /// - Parameter now: what ended a day ago is forgotten.
    mutating func keep(_ roles: [RoleStanding], now: Date) {
        ends = ends.filter { $0.value > now.addingTimeInterval(-86_400) }
        for role in roles {
            if let lease = role.lease { ends[lease] = role.validUntil ?? now }
        }
    }

    func union(_ others: KeptRoles) -> KeptRoles {
        var union = self
        union.ends.merge(others.ends) { _, other in other }
        return union
    }

    func encoded() throws -> String {
        let members = ends.map { ($0.key.rawValue, $0.value.milliseconds) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(
            decoding: try encoder.encode(Dictionary(members, uniquingKeysWith: { first, _ in first })),
            as: UTF8.self)
    }

    static func memoKey(_ database: DatabaseName) -> String { "roles.kept.\(database)" }
}
