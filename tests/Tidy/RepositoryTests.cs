namespace Monitoring.Tests.Tidy;

/// <summary>The repository as it is now passes every check.</summary>
public sealed class RepositoryTests
{
    private static readonly Lazy<Repository> Here = new(Repository.Read);

    public static TheoryData<string> Names => [.. Checks.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_tidy(string check)
    {
        var findings = Checks.All[check](Here.Value).ToList();
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    [Fact]
    public void Is_really_read()
    {
        Assert.Contains(Here.Value.CSharp, file => file.Path == "edge/Wire/Invariant.cs");
        Assert.Contains(Here.Value.Projects, file => file.Path == "hub/Core/Core.csproj");
        Assert.DoesNotContain(Here.Value.Paths, path => path.StartsWith("artifacts/"));
    }
}
