/// A privilege on one object, or on one column of it.
package struct HeldPrivilege: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package var object: DatabaseObject
    package var column: String?
    package var privilege: Privilege

    package init(_ privilege: Privilege, on object: DatabaseObject, column: String? = nil) {
        self.object = object
        self.column = column
        self.privilege = privilege
    }

    /// `select on table sales.orders`; for people, never part of a statement.
    package var description: String {
        "\(privilege)\(column.map { " (\($0))" } ?? "") on \(object)"
    }

    private var exactColumn: ExactText? { column.map(ExactText.init) }

    package static func == (a: Self, b: Self) -> Bool {
        a.privilege == b.privilege && a.object == b.object && a.exactColumn == b.exactColumn
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(privilege)
        hasher.combine(object)
        hasher.combine(exactColumn)
    }

    package static func < (a: Self, b: Self) -> Bool {
        if a.object < b.object { return true }
        if b.object < a.object { return false }
        let (left, right) = (ExactText(a.column ?? ""), ExactText(b.column ?? ""))
        return (left, a.privilege) < (right, b.privilege)
    }
}

/// Privileges object by object: what a scope comes to in a server, or what a role holds there.
package struct PrivilegeSet: Hashable, Sendable, Codable {
    package var held: Set<HeldPrivilege>

    package init(_ held: some Sequence<HeldPrivilege> = []) { self.held = Set(held) }

    package var isEmpty: Bool { held.isEmpty }

    /// Whether it has the privilege: on a column also when it has it on the whole table.
    package func covers(_ wanted: HeldPrivilege) -> Bool {
        if held.contains(wanted) { return true }
        guard wanted.column != nil else { return false }
        return held.contains(HeldPrivilege(wanted.privilege, on: wanted.object))
    }

    /// Whether all of it is given by `other` too.
    package func isSubset(of other: PrivilegeSet) -> Bool { held.allSatisfy(other.covers) }

    /// What `other` does not give.
    package func beyond(_ other: PrivilegeSet) -> [HeldPrivilege] {
        held.filter { !other.covers($0) }.sorted()
    }

    package static func + (a: PrivilegeSet, b: PrivilegeSet) -> PrivilegeSet {
        PrivilegeSet(a.held.union(b.held))
    }
}
