/// A lease as the tests know it.
struct GuardAttackLease: Sendable {
    var id: String
    var role: String
    var oid: Int
}
