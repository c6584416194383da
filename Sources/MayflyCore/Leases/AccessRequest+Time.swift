package import Foundation

extension AccessRequest {
    /// What the passing of time did.
    package enum Tick: Hashable, Sendable {
        case nothing
        /// The step that waits has more approvers now.
        case escalated(to: [Principal])
        /// Nobody decided, or nobody redeemed it, in time.
        case expired
        /// The lease that it extends is to be moved now.
        case extend(Course.Extension)
    }

    /// When something is to be done about it although nobody comes: nil once it has ended or a lease was made for it.
    package var dueAt: Date? {
        guard let course, leaseID == nil else { return nil }
        switch state {
        case .pending: return min(course.pendingUntil, course.escalatesAt ?? course.pendingUntil)
        case .approved: return [course.retryAt, course.redeemBy].compactMap { $0 }.min()
        case .issued, .denied, .withdrawn, .expired: return nil
        }
    }

    /// Carries out what is due.
    package mutating func tick(now: Date) -> Tick {
        guard var course, let due = dueAt else { return .nothing }
        let now = max(now, course.movedAt)
        guard due <= now else { return .nothing }
        let end = state == .pending ? course.pendingUntil : course.redeemBy ?? now
        guard now < end else {
            state = .expired
            course.moved(now)
            self.course = course
            return .expired
        }
        if state == .approved { return course.extends.map { .extend($0) } ?? .nothing }
        return escalated(&course, now)
    }

    private mutating func escalated(_ course: inout Course, _ now: Date) -> Tick {
        guard let step = course.currentStep else { return .nothing }
        var added: [Principal] = []
        while let at = course.escalatesAt, at <= now {
            added += course.terms.steps[step].inOrder[course.level].to
            course.level += 1
        }
        course.moved(now)
        self.course = course
        return .escalated(to: added)
    }

    /// Moving the end of the lease did not work; it is tried again.
    package mutating func extensionFailed(_ why: String, retryAt: Date) -> Lease.Change {
        guard state == .approved, course?.extends != nil else { return .impossible }
        let isNews = course?.obstacle != why
        course?.obstacle = why
        course?.retryAt = retryAt
        return isNews ? .changed : .already
    }

    /// The lease that it was to extend is over.
    package mutating func extensionPointless() -> Lease.Change {
        guard state == .approved || state == .pending, course?.extends != nil else { return .impossible }
        state = .expired
        return .changed
    }
}
