package import MayflyCore

/// A profile that the caller may ask for, with the limits that count for them.
package struct Offer: Sendable {
    package var grant: Grant
    /// How the rule decides.
    package var outcome: AccessRule.Outcome
    /// A request without a reason is refused.
    package var reasonRequired: Bool
    package var engine: EngineKind
    /// The caller's own live leases of the profile.
    package var active: Int

    /// What stops it just now.
    package var lockdown: Refusal?

    package init(
        grant: Grant, outcome: AccessRule.Outcome = .automatic, reasonRequired: Bool = false,
        engine: EngineKind,
        active: Int, lockdown: Refusal? = nil
    ) {
        self.grant = grant
        self.outcome = outcome
        self.reasonRequired = reasonRequired
        self.engine = engine
        self.active = active
        self.lockdown = lockdown
    }
}
