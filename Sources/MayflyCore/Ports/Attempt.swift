/// Which attempt to end a lease it is: those that failed before don't keep the others waiting.
package enum Attempt: Hashable, Sendable, CaseIterable {
    case first, again
}
