# The response of every head as a mixed model with crossed random effects, beside the permutation tests of `analyze`.
#
#   Rscript mixed_model.R DIR [KIND [QUERY]]       DIR: what `analyze` wrote, for a crossed design
#                                                  KIND and QUERY: cross and decision by default
# Needs lme4 (CRAN; Debian: r-cran-lme4). With lmerTest, p is by Satterthwaite's degrees of freedom, else by likelihood
# ratio, which is too small where suffixes are few.

suppressPackageStartupMessages(library(lme4))
options(width = 120)

read_events <- function(dir, kind = "cross", query = "decision") {
  d <- read.csv(file.path(dir, "events.csv.gz"), encoding = "UTF-8", stringsAsFactors = FALSE)
  d <- d[d$kind == kind & d$query == query & d$status == "applied" & d$cell != "", ]
  if (nrow(d) == 0) stop("no events of ", kind, ", query ", query, ", in a cell in ", dir, call. = FALSE)
  if (any(is.na(d$suffix) | d$suffix == "")) {
    stop("no suffixes: real words have a 2 x 2 of their own, and no crossed design", call. = FALSE)
  }
  # deviation coding: the interaction is the double difference, and main effects are at the mean of the other factor
  d$T <- ifelse(substr(d$cell, 1, 1) == "T", 0.5, -0.5)
  d$R <- ifelse(substr(d$cell, 2, 2) == "R", 0.5, -0.5)
  d
}

# A stem is T or C with every suffix, so only R varies within stems; a suffix is R or N with every stem, so only T varies
# within suffixes. These are all the slopes that the design allows.
full <- logit ~ T * R + (1 + R | stem) + (1 + T | suffix)
without <- logit ~ T + R + (1 + R | stem) + (1 + T | suffix)

fit_head <- function(d) {
  nothing <- data.frame(response = NA, se = NA, t = NA, df = NA, p = NA, singular = NA)
  if (sd(d$logit) < 1e-6) return(nothing) # a head that never moves
  satterthwaite <- requireNamespace("lmerTest", quietly = TRUE)
  lmer_ <- if (satterthwaite) lmerTest::lmer else lme4::lmer
  control <- lmerControl(optimizer = "bobyqa", check.conv.singular = "ignore")
  m <- suppressWarnings(lmer_(full, d, control = control))
  row <- coef(summary(m))["T:R", ]
  if (satterthwaite) {
    df <- row[["df"]]
    p <- row[["Pr(>|t|)"]]
  } else {
    df <- NA
    m0 <- suppressWarnings(lme4::lmer(without, d, REML = FALSE, control = control))
    p <- anova(m0, refitML(m))[2, "Pr(>Chisq)"]
  }
  data.frame(response = row[["Estimate"]], se = row[["Std. Error"]], t = row[["t value"]], df = df, p = p,
             singular = isSingular(m))
}

mixed_models <- function(dir, kind = "cross", query = "decision") {
  d <- read_events(dir, kind, query)
  heads <- unique(d[c("layer", "head")])
  heads <- heads[order(heads$layer, heads$head), ]
  fits <- lapply(seq_len(nrow(heads)), function(n) {
    cbind(heads[n, ], fit_head(d[d$layer == heads$layer[n] & d$head == heads$head[n], ]))
  })
  found <- do.call(rbind, fits)
  found$p_holm <- p.adjust(found$p, "holm")
  tests <- read.csv(file.path(dir, "heads.csv"), stringsAsFactors = FALSE)
  tests <- tests[tests$contrast == "response" & tests$kind == kind & tests$query == query, ]
  tests$permutation <- pmax(tests$p_stems_logit, tests$p_suffixes_logit, tests$p_both_logit, na.rm = TRUE)
  names(tests)[names(tests) == "estimate_logit"] <- "permutation_estimate"
  found <- merge(found, tests[c("layer", "head", "permutation_estimate", "permutation", "claim")], sort = FALSE)
  found[order(-found$response), ]
}

if (sys.nframe() == 0) {
  arguments <- commandArgs(trailingOnly = TRUE)
  if (!length(arguments) %in% 1:3) {
    message("usage: Rscript mixed_model.R DIR [cross|encoder|decoder [decision|following|target]]")
    quit(status = 2)
  }
  found <- tryCatch(do.call(mixed_models, as.list(arguments)), error = function(problem) {
    message("error: ", conditionMessage(problem))
    quit(status = 2)
  })
  found$head <- paste0(found$layer, ".", found$head)
  found$layer <- NULL
  found$p <- NULL
  for (name in c("p_holm", "permutation")) found[[name]] <- format.pval(found[[name]], digits = 2, eps = 1e-4)
  found$df <- round(found$df)
  print(format(found, digits = 2, nsmall = 2), row.names = FALSE)
}
