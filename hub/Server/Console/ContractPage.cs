using Monitoring.Core;
using Monitoring.Core.Contracts;

namespace Monitoring.Server.Console;

/// <summary>The page at <c>/contract</c>: what the contract holds its parties to.</summary>
internal static class ContractPage
{
    public static Html Render(Contract contract, string language)
    {
        var isUkrainian = language == "uk";
        var paragraphs = ContractText
            .Explain(contract, isUkrainian ? Language.Ukrainian : Language.English)
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(text => Html.Of($"<p>{text}</p>"));
        var title = isUkrainian ? "Договір простими словами" : "The contract in plain words";
        return PageFrame.Page(title, 0, Html.Of($"""
            <header>{PageFrame.Places(language, "/contract?language=")}
            <h1>{title}</h1></header>
            <main><section>{paragraphs}</section>
            <p class="soft">SHA-256: <code>{contract.Hash}</code></p></main>
            """), language);
    }
}
