namespace Monitoring.Tests.Tidy;

/// <summary>Each check finds a violation planted for it, and lets its lawful twin pass.</summary>
public sealed class PlantedTests
{
    /// <summary>A file that breaks a check, the line of it, and a twin that does not.</summary>
    private sealed record Case(
        string Check, string Path, string Bad, int Line, string Good, string? GoodPath = null);

    private const string Slash = "/";

    private static readonly Case[] Cases =
    [
        new("function length", "a/A.cs", Function(71), 2, Function(70)),
        new("top-level length", "a/A.cs", Repeat("A();\n", 71), 1, Repeat("A();\n", 70)),
        new("file length", "a/A.cs", Repeat("//\n", 501), 0, Repeat("//\n", 500)),
        new("line width", "a/A.cs", "\n" + Repeat("/", 101), 2, Repeat("/", 100)),
        new("parameter count", "a/A.cs", $"class A {{ void F({Parameters(8)}) {{ }} }}", 1,
            $"class A {{ void F({Parameters(7)}) {{ }} }} record R({Parameters(8)});"),
        new("type names", "a/A.cs", "record struct MailInfo;", 1, "class Informer; class Dataset;"),
        new("path names", "hub/ClockUtils/A.cs", "", 0, "", "hub/Utilisation/A.cs"),
        new("project references", "edge/Agent/Agent.csproj",
            Project("ProjectReference", "../../hub/Core/Core.csproj"), 0,
            Project("ProjectReference", "../Wire/Wire.csproj")),
        new("project references", "hub/New/New.csproj",
            Project("ProjectReference", "../Core/Core.csproj"), 0, Project("Folder", "x")),
        new("pure rules", "hub/Core/A.cs", "using System.IO;", 1, "using System.Text;"),
        new("pure rules", "edge/Wire/A.cs", "class A { object F(System.Net.IPAddress a) => a; }", 1,
            "class A { object F() => new BinaryWriter(new MemoryStream()); }"),
        new("pure rules", "hub/Core/A.cs", "class A { Task<int> F() => null; }", 1,
            "class A { int Task => 1; } // Task"),
        new("pure rules", "hub/Core/A.cs", "class A { void F() => File.Delete(\"a\"); }", 1,
            "record A(string File) { string F() => $\"{File}:1\" + this.File.Length; }"),
        new("pure rules", "hub/Core/A.cs", "class A { async void F() { } }", 1, "class A;"),
        new("edge knows no hub", "edge/Agent/A.cs", "\nusing Monitoring.Core.Fund;", 2,
            "using Monitoring.Wire;"),
        new("sibling folders", "hub/Core/Alerts/A.cs", "using Monitoring.Core.Fund;", 1,
            "using Monitoring.Core.Forecast; using Monitoring.Core.Trace;"),
        new("sibling folders", "hub/Core/Ledger/A.cs", "class A { Core.Fund.B? B; }", 1,
            "class A { Monitoring.Core.Root? B; }"),
        new("global usings", "hub/Core/A.cs", "global using Monitoring.Core.Fund;", 1,
            "using Monitoring.Core.Fund;"),
        new("global usings", "hub/Core/Core.csproj", Project("Using", "Monitoring.Core.Fund"), 0,
            Project("Folder", "x")),
        new("packages in sources", "hub/Server/Api/A.cs", "using Dapper;", 1,
            "using Dapper;", "hub/Server/Storage/Sqlite/A.cs"),
        new("packages in sources", "edge/Agent/Uplink/A.cs", "using MQTTnet.Server;", 1,
            "using MQTTnet.Protocol;"),
        new("packages in sources", "hub/Server/A.cs", "class A { Orleans.Grain? G; }", 1,
            "class A { Orleans.Grain? G; }", "hub/Server/Engine/A.cs"),
        new("packages in projects", "hub/Core/Core.csproj",
            Project("PackageReference", "Dapper"), 0, Project("Folder", "x")),
        new("packages in projects", "hub/Server/Server.csproj",
            Project("PackageReference", "Unheard.Of"), 0, Project("PackageReference", "Dapper")),
        new("leftovers", "a/A.txt", "\nTO" + "DO: later", 2, "mastodons and to-do"),
        new("leftovers", "a/A.cs", "throw new NotImplemented" + "Exception();", 1, ""),
        new("machine paths", "a/A.txt", $"see {Slash}work/x", 1,
            $"a{Slash}work/x {Slash}workshop https://a.org{Slash}root"),
        new("scripts", "a/x", "#!/bin/sh\nset -e\n", 1, "#!/usr/bin/env bash\n\n# Why.\nset -eu\n"),
        new("scripts", "a/x.sh", "#!/bin/bash\n# Why.\necho\n", 3, "#!/bin/bash\nset -e\n"),
        new("markdown titles", "A.md", "# A\n# B\n", 0, "# A\n```\n# B\n```\n"),
        new("markdown links", "docs/A.md", "\n[a](B.md)", 2, "[a](../docs/A.md#x) [b](http://b)"),
        new("markdown files", "docs/A.md", "`docs/B.md`", 1, "`docs/A.md` `docs/*.md` `a/b`"),
        new("markdown files", "docs/A.md", "`./docs/B --x`", 1, "`./docs/A.md --x`"),
        new("top-level folders", "Shared/A.cs", "", 0, "", "docs/A.md"),
        new("solution", "hub/New/New.csproj", Project("Folder", "x"), 0, "", "hub/New/New.txt"),
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Is_found(int number)
    {
        var planted = Cases[number];
        var findings = Checks.All[planted.Check](Holding(planted.Path, planted.Bad)).ToList();
        Assert.NotEmpty(findings);
        Assert.All(findings, finding => Assert.Equal(planted.Line, finding.Line));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Is_not_found_in_its_lawful_twin(int number)
    {
        var planted = Cases[number];
        var lawful = Holding(planted.GoodPath ?? planted.Path, planted.Good);
        Assert.Empty(Checks.All[planted.Check](lawful));
    }

    [Fact]
    public void A_script_that_cannot_be_run_is_found()
    {
        var file = new SourceFile("a/x.sh", "#!/bin/bash\nset -e\n", IsExecutable: false);
        Assert.Single(Checks.All["scripts"](new Repository([], [file])));
    }

    [Fact]
    public void Every_check_has_a_case() =>
        Assert.Equal(Checks.All.Keys.Order(), Cases.Select(one => one.Check).Distinct().Order());

    /// <summary>A second folder of Core exists, or naming it would be no violation.</summary>
    private static Repository Holding(string path, string text) => new(
        [],
        [
            new SourceFile(path, text, IsExecutable: true),
            new SourceFile("hub/Core/Fund/Z.cs", "", IsExecutable: false),
        ]);

    private static string Function(int lines) =>
        "class A {\nvoid F()\n{\n" + Repeat("G();\n", lines - 3) + "}\n}";

    private static string Parameters(int count) =>
        string.Join(", ", Enumerable.Range(0, count).Select(i => $"int p{i}"));

    private static string Project(string element, string include) =>
        $"""<Project><ItemGroup><{element} Include="{include}" /></ItemGroup></Project>""";

    private static string Repeat(string text, int count) =>
        string.Concat(Enumerable.Repeat(text, count));
}
