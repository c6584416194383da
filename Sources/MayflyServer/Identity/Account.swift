/// A user's name and the names of all their groups.
package struct Account: Hashable, Sendable {
    package let user: String
    package let groups: Set<String>

    package init(user: String, groups: Set<String>) {
        self.user = user
        self.groups = groups
    }
}
