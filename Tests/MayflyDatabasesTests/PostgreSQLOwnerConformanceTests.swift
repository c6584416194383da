import MayflyCore
import MayflyTesting
import Testing

/// The same, where no superuser owns the guard: managed services have none to give.
@Suite struct PostgreSQLOwnerConformanceTests {
    private static let environment = Task { try await PostgreSQLEnvironment.make(owner: .init()) }

    private func suite() async throws -> DatabaseEngineConformance<PostgreSQLEnvironment> {
        DatabaseEngineConformance(try await Self.environment.value)
    }

    @Test func aLeaseGivesItsScopeAndNothingElseUntilItIsGone() async throws {
        try await suite().aLeaseGivesItsScopeAndNothingElseUntilItIsGone()
    }

    @Test func aRenewalNeverShortensALease() async throws {
        try await suite().aRenewalNeverShortensALease()
    }

    @Test func aLiveSessionIsCut() async throws {
        try await suite().aLiveSessionIsCut()
    }

    @Test func aWrongPasswordIsRefused() async throws {
        try await suite().aWrongPasswordIsRefused()
    }

    @Test func aPasswordIsReplacedOnlyBeforeItWasUsed() async throws {
        try await suite().aPasswordIsReplacedOnlyBeforeItWasUsed()
    }

    @Test func everythingMayBeRepeated() async throws {
        try await suite().everythingMayBeRepeated()
    }

    @Test func aCallOfACancelledTaskIsCarriedOut() async throws {
        try await suite().aCallOfACancelledTaskIsCarriedOut()
    }

    @Test func oneBadMemberOfFiftyFailsAlone() async throws {
        try await suite().oneBadMemberOfFiftyFailsAlone()
    }

    @Test func moreThanOneCallTakesIsOneBatch() async throws {
        try await suite().moreThanOneCallTakesIsOneBatch()
    }

    @Test func manyCallersAtOnceAllGetAnswers() async throws {
        try await suite().manyCallersAtOnceAllGetAnswers()
    }

    @Test func theGuardsCeilingHolds() async throws {
        try await suite().theGuardsCeilingHolds()
    }

    @Test func privilegesOfItsOwnGoWithTheRole() async throws {
        try await suite().privilegesOfItsOwnGoWithTheRole()
    }

    @Test func aRoleThatSomethingHangsOnStaysLockedAndThatStays() async throws {
        try await suite().aRoleThatSomethingHangsOnStaysLockedAndThatStays()
    }

    @Test func aSweepTellsLiveFromMissingFromStray() async throws {
        try await suite().aSweepTellsLiveFromMissingFromStray()
    }

    @Test func aSessionThatOutlivedItsRoleIsEnded() async throws {
        try await suite().aSessionThatOutlivedItsRoleIsEnded()
    }
}
