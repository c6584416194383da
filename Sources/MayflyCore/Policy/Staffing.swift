/// Whether the steps of an approval can be met at all, when nobody approves their own request and one person counts
/// once, in one step only.
package enum Staffing {
    /// One step: who could approve it, as far as that is known.
    package struct Step: Hashable, Sendable {
        package var name: String
        package var count: Int
        /// Nil when there may be any number of people, such as a group whose members nobody looked up.
        package var people: Set<Person>?

        package init(name: String, count: Int, people: Set<Person>?) {
            self.name = name
            self.count = count
            self.people = people
        }
    }

    /// The first step for which there are not enough people beside those that the steps before it need; nil when there
    /// are for all.
    /// - Parameter requester: who asks, and so approves nothing; nil for somebody who is no approver.
    package static func unmeetable(_ steps: [Step], for requester: Person? = nil) -> Step? {
        // Augmenting paths (H. W. Kuhn, 1955): each place in a step finds a person, and others move over for it.
        var holder: [Person: Int] = [:]
        var places: [Set<Person>] = []
        for step in steps {
            guard let people = step.people else { continue }
            let others = people.subtracting(requester.map { [$0] } ?? [])
            guard step.count <= others.count else { return step }
            for _ in 0..<step.count {
                places.append(others)
                var tried: Set<Person> = []
                guard seat(places.count - 1, places, &holder, &tried) else { return step }
            }
        }
        return nil
    }

    private static func seat(
        _ place: Int, _ places: [Set<Person>], _ holder: inout [Person: Int], _ tried: inout Set<Person>
    ) -> Bool {
        for person in places[place].sorted() where tried.insert(person).inserted {
            guard let other = holder[person] else {
                holder[person] = place
                return true
            }
            if seat(other, places, &holder, &tried) {
                holder[person] = place
                return true
            }
        }
        return false
    }
}
