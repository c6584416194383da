package import Foundation
package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func enrol(_ new: MFAEnrolment, events: [AuditEvent]) async throws(StoreError) -> MFAEnrolment? {
        try write { state throws(StoreError) in
            while let index = state.index(of: MFAHolder(person: new.person, uid: new.uid)) {
                guard state.enrolments[index].state == .pending else { return state.enrolments[index] }
                _ = state.enrolments[index].remove(now: new.createdAt)
            }
            state.enrolments.append(new)
            try state.append(events)
            return nil
        }
    }

    package func moveEnrolment<Outcome: Sendable>(
        of holder: MFAHolder, _ move: @escaping @Sendable (inout MFAEnrolment) -> MFAMove<Outcome>
    ) async throws(StoreError) -> Outcome? {
        try write { state throws(StoreError) in
            guard let index = state.index(of: holder) else { return nil }
            let moved = move(&state.enrolments[index])
            try state.append(moved.events)
            return moved.outcome
        }
    }

    package func removeEnrolments(
        of holders: Set<MFAHolder>, unlessOf own: Set<MFAHolder>, now: Date,
        _ event: @escaping @Sendable (MFAEnrolment) -> AuditEvent
    ) async throws(StoreError) -> MFAEnrolment? {
        try write { state throws(StoreError) in
            let found = state.enrolments.indices.filter { index in
                let row = state.enrolments[index]
                return row.state != .removed && holders.contains { $0.holds(row) }
            }
            if let kept = found.first(where: { index in own.contains { $0.holds(state.enrolments[index]) } })
            {
                return state.enrolments[kept]
            }
            for index in found {
                _ = state.enrolments[index].remove(now: now)
                try state.append([event(state.enrolments[index])])
            }
            return nil
        }
    }

    package func enrolment(of holder: MFAHolder) async throws(StoreError) -> MFAEnrolment? {
        state.withLock { state in state.index(of: holder).map { state.enrolments[$0] } }
    }

    package func enrolments() async throws(StoreError) -> [MFAEnrolment] {
        state.withLock { $0.enrolments.filter { $0.state != .removed } }
    }
}

extension InMemoryStore.State {
    fileprivate func index(of holder: MFAHolder) -> Int? {
        let living = enrolments.indices.filter { enrolments[$0].state != .removed }
        return living.first { enrolments[$0].person == holder.person }
            ?? living.first { enrolments[$0].uid == holder.uid }
    }
}
