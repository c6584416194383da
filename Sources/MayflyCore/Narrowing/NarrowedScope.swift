/// A part of what some groups have: what one narrowed group is made for, and shared by whoever asks for the same.
package struct NarrowedScope: Hashable, Sendable {
    package let groups: [String]
    package let narrowing: Narrowing

    /// - Returns: nil where nothing is narrowed.
    package init?(of groups: [String], to narrowing: Narrowing?) {
        guard let narrowing else { return nil }
        self.groups = groups
        self.narrowing = narrowing
    }
}
