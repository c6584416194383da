/// Who is told of what.
package struct Notifications: Hashable, Sendable {
    /// In the order of their names.
    package var targets: [NotificationTarget]
    /// Seconds before a lease's end at which its requester is warned.
    package var warnBefore: Int

    package init(targets: [NotificationTarget] = [], warnBefore: Int = 300) {
        self.targets = targets
        self.warnBefore = warnBefore
    }
}
