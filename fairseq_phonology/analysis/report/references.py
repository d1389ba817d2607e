"""The works that the methods text can cite."""

# label, as the text cites it -> the work
REFERENCES = {
    "Baayen et al. 2008": "Baayen, R. H., Davidson, D. J., & Bates, D. M. (2008). Mixed-effects modeling with crossed "
    "random effects for subjects and items. Journal of Memory and Language, 59(4), 390–412.",
    "Brown 1910": "Brown, W. (1910). Some experimental results in the correlation of mental abilities. British Journal "
    "of Psychology, 3(3), 296–322.",
    "Clark 1973": "Clark, H. H. (1973). The language-as-fixed-effect fallacy: A critique of language statistics in "
    "psychological research. Journal of Verbal Learning and Verbal Behavior, 12(4), 335–359.",
    "Conley 1999": "Conley, T. G. (1999). GMM estimation with cross sectional dependence. Journal of Econometrics, "
    "92(1), 1–45.",
    "Freedman & Lane 1983": "Freedman, D., & Lane, D. (1983). A nonstochastic interpretation of reported significance "
    "levels. Journal of Business & Economic Statistics, 1(4), 292–298.",
    "Geiger et al. 2021": "Geiger, A., Lu, H., Icard, T., & Potts, C. (2021). Causal abstractions of neural networks. "
    "In Advances in Neural Information Processing Systems 34 (pp. 9574–9586).",
    "Geva et al. 2023": "Geva, M., Bastings, J., Filippova, K., & Globerson, A. (2023). Dissecting recall of factual "
    "associations in auto-regressive language models. In Proceedings of EMNLP 2023 (pp. 12216–12235).",
    "Hall 1992": "Hall, P. (1992). On the removal of skewness by transformation. Journal of the Royal Statistical "
    "Society: Series B, 54(1), 221–228.",
    "Hartigan 1969": "Hartigan, J. A. (1969). Using subsample values as typical values. Journal of the American "
    "Statistical Association, 64(328), 1303–1317.",
    "Hesterberg 2015": "Hesterberg, T. C. (2015). What teachers should know about the bootstrap: Resampling in the "
    "undergraduate statistics curriculum. The American Statistician, 69(4), 371–386.",
    "Holm 1979": "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of "
    "Statistics, 6(2), 65–70.",
    "Jain & Wallace 2019": "Jain, S., & Wallace, B. C. (2019). Attention is not explanation. In Proceedings of "
    "NAACL-HLT 2019 (pp. 3543–3556).",
    "Janssen 1997": "Janssen, A. (1997). Studentized permutation tests for non-i.i.d. hypotheses and the generalized "
    "Behrens-Fisher problem. Statistics & Probability Letters, 36(1), 9–21.",
    "Kobayashi et al. 2020": "Kobayashi, G., Kuribayashi, T., Yokoi, S., & Inui, K. (2020). Attention is not only a "
    "weight: Analyzing transformers with vector norms. In Proceedings of EMNLP 2020 (pp. 7057–7075).",
    "Mortensen et al. 2016": "Mortensen, D. R., Littell, P., Bharadwaj, A., Goyal, K., Dyer, C., & Levin, L. (2016). "
    "PanPhon: A resource for mapping IPA segments to articulatory feature vectors. In Proceedings of COLING 2016: "
    "Technical Papers (pp. 3475–3484).",
    "Ott et al. 2019": "Ott, M., Edunov, S., Baevski, A., Fan, A., Gross, S., Ng, N., Grangier, D., & Auli, M. (2019). "
    "fairseq: A fast, extensible toolkit for sequence modeling. In Proceedings of NAACL-HLT 2019: Demonstrations "
    "(pp. 48–53).",
    "Owen 2007": "Owen, A. B. (2007). The pigeonhole bootstrap. The Annals of Applied Statistics, 1(2), 386–411.",
    "Papke & Wooldridge 1996": "Papke, L. E., & Wooldridge, J. M. (1996). Econometric methods for fractional response "
    "variables with an application to 401(k) plan participation rates. Journal of Applied Econometrics, 11(6), "
    "619–632.",
    "Phipson & Smyth 2010": "Phipson, B., & Smyth, G. K. (2010). Permutation p-values should never be zero: "
    "Calculating exact p-values when permutations are randomly drawn. Statistical Applications in Genetics and "
    "Molecular Biology, 9(1), Article 39.",
    "Satterthwaite 1946": "Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance "
    "components. Biometrics Bulletin, 2(6), 110–114.",
    "Spearman 1910": "Spearman, C. (1910). Correlation calculated from faulty data. British Journal of Psychology, "
    "3(3), 271–295.",
    "Vaswani et al. 2017": "Vaswani, A., Shazeer, N., Parmar, N., Uszkoreit, J., Jones, L., Gomez, A. N., Kaiser, "
    "Ł., & Polosukhin, I. (2017). Attention is all you need. In Advances in Neural Information Processing "
    "Systems 30 (pp. 5998–6008).",
    "Vig et al. 2020": "Vig, J., Gehrmann, S., Belinkov, Y., Qian, S., Nevo, D., Singer, Y., & Shieber, S. (2020). "
    "Investigating gender bias in language models using causal mediation analysis. In Advances in Neural Information "
    "Processing Systems 33 (pp. 12388–12401).",
    "Wang et al. 2023": "Wang, K., Variengien, A., Conmy, A., Shlegeris, B., & Steinhardt, J. (2023). Interpretability "
    "in the wild: A circuit for indirect object identification in GPT-2 small. In Proceedings of ICLR 2023.",
    "Westfall & Young 1993": "Westfall, P. H., & Young, S. S. (1993). Resampling-based multiple testing: Examples and "
    "methods for p-value adjustment. New York: Wiley.",
    "Wiegreffe & Pinter 2019": "Wiegreffe, S., & Pinter, Y. (2019). Attention is not not explanation. In Proceedings "
    "of EMNLP-IJCNLP 2019 (pp. 11–20).",
}


def references(paragraphs: list[str]) -> list[str]:
    """The works that the text cites, in the order of their names."""
    text = " ".join(paragraphs)
    return [work for label, work in REFERENCES.items() if label in text]
